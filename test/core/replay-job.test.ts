import { beforeEach, describe, expect, it } from "@jest/globals";
import { fingerprint } from "../../src/core/fingerprint.ts";
import type { DeadLetter, Engine } from "../../src/core/ports.ts";
import { replayJob } from "../../src/core/replay-job.ts";
import { createTestEngine, createTestEnqueue, REPORT_TTL_MS, STALE_AFTER_MS } from "../support/core.ts";
import { createManualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { queuedEvent, queuedJob, sampleReport, sampleRequest, storedReport } from "../support/samples.ts";

const failed: DeadLetter = {
  job: queuedJob("failed"),
  error: { kind: "internal", message: "the report could not be made" },
  failedAtMs: 0,
};

let clock: ManualClock;
let engine: Engine;

beforeEach(async () => {
  clock = createManualClock();
  engine = createTestEngine(clock);
  await engine.deadLetters.add(failed);
});

function replay(jobId = "failed") {
  return replayJob({ ...engine, enqueueReport: createTestEnqueue(engine, clock) }, jobId);
}

/** Puts a report into the cache for what the failed job was asked for. */
function remember(): Promise<void> {
  const key = fingerprint(failed.job.request, "1");
  return engine.cache.write(key, storedReport("earlier", sampleReport(), clock.now()), REPORT_TTL_MS);
}

describe("replayJob", () => {
  it("queues a new job for the same request, and the dead letter goes", async () => {
    expect(await replay()).toEqual({ status: "queued", jobId: "job-1" });
    expect(await engine.log.read("job-1", 0)).toMatchObject([queuedEvent]);
    expect(await engine.queue.has("job-1")).toBe(true);
    expect(await engine.deadLetters.find("failed")).toBeUndefined();
  });

  it("joins the job that somebody else has asked for meanwhile", async () => {
    const { jobId } = await createTestEnqueue(engine, clock)(failed.job.request);
    expect(await replay()).toMatchObject({ jobId });
    expect(await engine.queue.counts()).toEqual({ waiting: 1, active: 0 });
  });

  it("queues nothing when the report is there by now, and the dead letter goes", async () => {
    await remember();
    expect(await replay()).toMatchObject({ status: "completed", stale: false });
    expect(await engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
    expect(await engine.deadLetters.find("failed")).toBeUndefined();
  });

  it("renews a report that is old", async () => {
    await remember();
    await clock.advance(STALE_AFTER_MS);
    expect(await replay()).toMatchObject({ status: "completed", stale: true, jobId: "job-1" });
  });

  it("keeps the dead letter of a job that the queue has no room for", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    for (const commitSha of ["a", "b", "c"]) await enqueue(sampleRequest({ commitSha }));
    await expect(replay()).rejects.toMatchObject({ kind: "queue_full" });
    expect(await engine.deadLetters.find("failed")).toEqual(failed);
  });

  it("knows no job that has not failed", async () => {
    await expect(replay("other")).rejects.toMatchObject({ kind: "not_found" });
    expect(await engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
  });
});
