import { beforeEach, describe, expect, it } from "@jest/globals";
import { cancelJob } from "../../src/core/cancel-job.ts";
import type { Engine } from "../../src/core/ports.ts";
import { createTestEngine, createTestEnqueue } from "../support/core.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { queuedEvent, queuedJob, sampleReport, sampleRequest } from "../support/samples.ts";

let engine: Engine;
const reference = { tenant: "public", jobId: "a" };

beforeEach(() => {
  engine = createTestEngine(createManualClock());
});

async function queueJob(): Promise<void> {
  await engine.log.append("a", queuedEvent);
  await engine.queue.add(queuedJob("a"));
}

describe("cancelJob", () => {
  it("ends a queued job, and makes room in the queue", async () => {
    await queueJob();
    expect(await cancelJob(engine, reference)).toMatchObject({ jobId: "a", status: "cancelled" });
    expect((await engine.log.read("a", 0)).map(({ type }) => type)).toEqual(["queued", "cancelled"]);
    expect(await engine.queue.has("a")).toBe(false);
  });

  it("leaves a job that has ended as it is, also when it is cancelled twice", async () => {
    await queueJob();
    await engine.log.append("a", { type: "completed", report: sampleReport() });
    expect(await cancelJob(engine, reference)).toMatchObject({ status: "completed" });
    expect(await engine.log.read("a", 0)).toHaveLength(2);
  });

  it("knows no job of another tenant, and does nothing to it", async () => {
    await queueJob();
    const other = cancelJob(engine, { tenant: "other", jobId: "a" });
    await expect(other).rejects.toMatchObject({ kind: "not_found" });
    expect(await engine.log.read("a", 0)).toHaveLength(1);
    expect(await engine.queue.has("a")).toBe(true);
  });

  it("lets the next equal request begin a new job", async () => {
    const enqueue = createTestEnqueue(engine, createManualClock());
    await enqueue(sampleRequest());
    await cancelJob(engine, { tenant: "public", jobId: "job-1" });
    expect(await enqueue(sampleRequest())).toMatchObject({
      status: "queued",
      jobId: "job-2",
    });
  });
});
