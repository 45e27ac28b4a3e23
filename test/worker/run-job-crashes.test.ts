import { describe, expect, it } from "@jest/globals";
import { REPORT_TTL_MS } from "../support/core.ts";
import { sampleReport, storedReport } from "../support/samples.ts";
import { createHarness, job } from "./run-job-harness.ts";

const givenUp = {
  kind: "internal",
  message: "the job was given up: 5 processes died while they ran it",
};

describe("a run of a job on which processes have died", () => {
  it("goes on as any other after four", async () => {
    const { run, chain, types, engine } = await createHarness();
    await run({ run: 5, crashes: 4 });
    expect(chain.runs).toBe(1);
    expect(await types()).toEqual(["queued", "started", "completed"]);
    expect(await engine.deadLetters.find(job.jobId)).toBeUndefined();
  });

  it.each([5, 6])("gives the job up after %i, without a call", async (crashes) => {
    const { run, chain, types, last, ends } = await createHarness();
    await run({ run: crashes + 1, crashes });
    expect(chain.runs).toBe(0);
    expect(await types()).toEqual(["queued", "failed"]);
    expect(await last()).toMatchObject({ error: givenUp });
    expect(ends).toMatchObject([{ end: { type: "failed", error: givenUp }, summary: { run: crashes + 1 } }]);
  });

  it("keeps what is given up as a dead letter, and frees its report for the next request", async () => {
    const { run, read, engine, clock } = await createHarness();
    await run({ run: 6, crashes: 5 });
    expect(await engine.deadLetters.list(10)).toEqual([{ job, error: givenUp, failedAtMs: clock.now() }]);
    expect(await read()).toEqual({});
  });

  it("completes the job all the same when the report is stored: only logging it was missed", async () => {
    const { run, last, engine } = await createHarness();
    await engine.cache.write(job.fingerprint, storedReport(job.jobId), REPORT_TTL_MS);
    await run({ run: 6, crashes: 5 });
    expect(await last()).toMatchObject({ type: "completed", report: sampleReport() });
    expect(await engine.deadLetters.list(10)).toEqual([]);
  });

  it("does nothing when the job has ended", async () => {
    const { run, engine, types, ends } = await createHarness();
    await engine.log.append(job.jobId, { type: "completed", report: sampleReport() });
    await engine.log.markTold(job.jobId);
    await run({ run: 6, crashes: 5 });
    expect(await types()).toEqual(["queued", "completed"]);
    expect(ends).toEqual([]);
    expect(await engine.deadLetters.list(10)).toEqual([]);
  });
});
