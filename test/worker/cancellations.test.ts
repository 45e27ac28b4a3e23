import { describe, expect, it } from "@jest/globals";
import { cancelJob } from "../../src/core/cancel-job.ts";
import { settle } from "../support/manual-clock.ts";
import { createHarness, hangs, job, succeeds } from "./run-job-harness.ts";

const reference = { tenant: "public", jobId: job.jobId };

describe("a job that is cancelled", () => {
  it("while it runs stops at once, and leaves nothing but its end", async () => {
    const { run, engine, types, read, ends, errors, clock } = await createHarness(hangs);
    const running = run();
    await settle();
    expect(await cancelJob(engine, reference)).toMatchObject({ status: "cancelled" });
    await running;
    expect(await types()).toEqual(["queued", "started", "cancelled"]);
    expect(await read()).toEqual({});
    expect([ends, errors]).toEqual([[], []]);
    expect(clock.sleepers()).toBe(0);
  });

  it("before its run is not begun, and its claim goes", async () => {
    const { run, engine, types, read, chain } = await createHarness();
    await cancelJob(engine, reference);
    await run();
    expect(chain.runs).toBe(0);
    expect(await types()).toEqual(["queued", "cancelled"]);
    expect(await read()).toEqual({});
  });

  it("when its report is written already keeps the report for others, and stays cancelled", async () => {
    const { run, engine, types, read, ends } = await createHarness(async (options) => {
      await engine.log.append(job.jobId, { type: "cancelled" });
      return succeeds(options);
    });
    await run();
    expect(await types()).toEqual(["queued", "started", "cancelled"]);
    expect(await read()).toHaveProperty("stored");
    expect(ends).toEqual([]);
  });

  it("is the only one that stops", async () => {
    const { run, engine, types } = await createHarness(hangs);
    const running = run();
    await engine.log.append("other", {
      type: "queued",
      tenant: "public",
      userId: "u",
      repo: "r",
      commitSha: "c",
    });
    await engine.log.append("other", { type: "cancelled" });
    await settle();
    expect(await types()).toEqual(["queued", "started"]);
    await cancelJob(engine, reference);
    await running;
  });
});
