import { describe, expect, it, jest } from "@jest/globals";
import { settle } from "../support/manual-clock.ts";
import { REPORT_TTL_MS } from "../support/core.ts";
import { storedReport } from "../support/samples.ts";
import { breaks, createHarness, hangs, job, succeeds } from "./run-job-harness.ts";

describe("a run that breaks", () => {
  it("is rejected and leaves job and claim as they are, when there is another run", async () => {
    const { run, types, read, ends, errors } = await createHarness(breaks);
    await expect(run()).rejects.toThrow("secret-of-the-chain");
    expect(await types()).toEqual(["queued", "started"]);
    expect(await read()).toEqual({ jobId: "a" });
    expect(ends).toEqual([]);
    expect(errors).toMatchObject([{ message: "secret-of-the-chain" }]);
  });

  it("is made good by the next", async () => {
    const { run, chain, types } = await createHarness(breaks);
    await expect(run()).rejects.toThrow();
    chain.run = succeeds;
    await run({ run: 2, lastRun: true });
    expect(await types()).toEqual(["queued", "started", "started", "completed"]);
  });

  it("fails the job when it was the last, releases the claim, and tells nobody what broke", async () => {
    const { run, read, last, ends, errors } = await createHarness(breaks);
    await run({ run: 3, lastRun: true });
    const error = { kind: "internal", message: "the report could not be made" };
    expect(await last()).toMatchObject({ type: "failed", error });
    expect(JSON.stringify(await last())).not.toContain("secret");
    expect(await read()).toEqual({});
    expect(ends).toMatchObject([{ end: { type: "failed", error }, summary: { run: 3 } }]);
    expect(errors).toHaveLength(1);
  });

  it("leaves an older report where it is", async () => {
    const { run, read, engine } = await createHarness(breaks);
    const stored = storedReport("earlier");
    await engine.cache.write(job.fingerprint, stored, REPORT_TTL_MS);
    await run({ lastRun: true });
    expect(await read()).toEqual({ stored });
  });

  it.each(["read", "write"] as const)("is one whose cache fails on %s", async (operation) => {
    const { run, engine, last } = await createHarness();
    jest.spyOn(engine.cache, operation).mockRejectedValueOnce(new Error("down"));
    await expect(run()).rejects.toThrow("down");
    await run({ run: 2 });
    expect(await last()).toMatchObject({ type: "completed" });
  });

  it("is one that could not log the end: the next run logs it, without a second call", async () => {
    const { run, engine, chain, types, ends } = await createHarness();
    const { append } = engine.log;
    jest.spyOn(engine.log, "append").mockImplementation((jobId, event) => {
      if (event.type !== "completed") return append(jobId, event);
      jest.restoreAllMocks();
      return Promise.reject(new Error("down"));
    });
    await expect(run()).rejects.toThrow("down");
    await run({ run: 2 });
    expect(chain.runs).toBe(1);
    expect(await types()).toEqual(["queued", "started", "completed"]);
    expect(ends).toHaveLength(1);
  });
});

describe("the last run", () => {
  it("is told of when it can't even read the log", async () => {
    const { run, engine, errors } = await createHarness(succeeds);
    jest.spyOn(engine.log, "read").mockRejectedValueOnce(new Error("down"));
    await run({ lastRun: true });
    expect(errors).toHaveLength(1);
  });

  it("does not call a report failed that is stored, when logging it fails once", async () => {
    const { run, engine, read, last } = await createHarness(succeeds);
    const { append } = engine.log;
    let hiccups = 1;
    engine.log.append = (jobId, event) =>
      event.type === "completed" && hiccups-- > 0
        ? Promise.reject(new Error("hiccup"))
        : append(jobId, event);
    await run({ lastRun: true });
    expect(await read()).toHaveProperty("stored");
    expect(await last()).toMatchObject({ type: "completed" });
  });
});

describe("a run that is told to stop", () => {
  it("fails the job as interrupted when nobody will run it again", async () => {
    const { run, read, last, clock } = await createHarness(hangs);
    const stop = new AbortController();
    const running = run({ signal: stop.signal, lastRun: true });
    await settle();
    stop.abort();
    await running;
    const error = { kind: "interrupted", message: "the server stopped before the report was made" };
    expect(await last()).toMatchObject({ type: "failed", error });
    expect(await read()).toEqual({});
    expect(clock.sleepers()).toBe(0);
  });

  it("leaves the job to another worker when there is one", async () => {
    const { run, read, types } = await createHarness(hangs);
    const stop = new AbortController();
    const running = run({ signal: stop.signal });
    await settle();
    stop.abort(new Error("stopping"));
    await expect(running).rejects.toThrow("stopping");
    expect(await types()).toEqual(["queued", "started"]);
    expect(await read()).toEqual({ jobId: "a" });
  });
});
