import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import { fingerprint } from "../../src/core/fingerprint.ts";
import type { Engine } from "../../src/core/ports.ts";
import { createManualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { createTestEngine, createTestEnqueue, REPORT_TTL_MS, STALE_AFTER_MS } from "../support/core.ts";
import {
  queuedEvent,
  sampleFallback,
  sampleReport,
  sampleRequest,
  storedReport,
} from "../support/samples.ts";

const request = sampleRequest();
const key = fingerprint(request, "1");

let clock: ManualClock;
let engine: Engine;

beforeEach(() => {
  clock = createManualClock();
  engine = createTestEngine(clock);
});

/** Puts a report into the cache that was made just now. */
function remember(report = sampleReport()): Promise<void> {
  return engine.cache.write(key, storedReport("earlier", report, clock.now()), REPORT_TTL_MS);
}

describe("enqueueReport", () => {
  it("queues a job for a commit it does not know, and logs it first", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    expect(await enqueue(request)).toEqual({ status: "queued", jobId: "job-1" });
    expect(await engine.log.read("job-1", 0)).toMatchObject([queuedEvent]);
    expect(await engine.queue.counts()).toEqual({ waiting: 1, active: 0 });
  });

  it("makes one job of a thousand equal requests at once", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => enqueue(request)));
    expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1);
    expect(await engine.queue.counts()).toEqual({ waiting: 1, active: 0 });
  });

  it("makes one job when colleagues ask for the same commit", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    const mine = await enqueue(sampleRequest({ userId: "ada" }));
    expect((await enqueue(sampleRequest({ userId: "grace" }))).jobId).toBe(mine.jobId);
  });

  it("keeps tenants apart", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    const mine = await enqueue(sampleRequest({ tenant: "a" }));
    expect((await enqueue(sampleRequest({ tenant: "b" }))).jobId).not.toBe(mine.jobId);
  });

  it("answers with a fresh report and starts nothing", async () => {
    await remember();
    const enqueue = createTestEnqueue(engine, clock);
    await clock.advance(STALE_AFTER_MS - 1);
    expect(await enqueue(request)).toEqual({ status: "completed", report: sampleReport(), stale: false });
    expect(await engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
  });

  it("answers with a stale report, and starts one refresh however many ask", async () => {
    await remember();
    const enqueue = createTestEnqueue(engine, clock);
    await clock.advance(STALE_AFTER_MS);
    const answers = await Promise.all(Array.from({ length: 200 }, () => enqueue(request)));
    const [first] = answers;
    expect(first).toMatchObject({ status: "completed", report: sampleReport(), stale: true });
    expect(new Set(answers.map(({ jobId }) => jobId)).size).toBe(1);
    expect(await engine.queue.counts()).toEqual({ waiting: 1, active: 0 });
  });

  it("answers with a stale report even when the queue is full", async () => {
    await remember();
    await clock.advance(STALE_AFTER_MS);
    jest.spyOn(engine.queue, "hasRoom").mockResolvedValue(false);
    const answer = await createTestEnqueue(engine, clock)(request);
    expect(answer).toEqual({ status: "completed", report: sampleReport(), stale: true });
  });

  it("names the refresh that runs beside a stale report, also when the queue is full", async () => {
    await remember();
    await clock.advance(STALE_AFTER_MS);
    const enqueue = createTestEnqueue(engine, clock);
    await enqueue(request);
    jest.spyOn(engine.queue, "hasRoom").mockResolvedValue(false);
    expect(await enqueue(request)).toMatchObject({ stale: true, jobId: "job-1" });
  });

  it("takes a stale report for a miss when refreshing in the background is off", async () => {
    await remember();
    await clock.advance(STALE_AFTER_MS);
    expect(await createTestEnqueue(engine, clock, false)(request)).toEqual({
      status: "queued",
      jobId: "job-1",
    });
  });

  describe("while no provider may be asked", () => {
    const REST_MS = 30_000;

    /** A job that could ask nobody, and rests on its claim. */
    async function comeToNothing(): Promise<void> {
      await engine.cache.claim(key, "vain", REPORT_TTL_MS);
      await engine.log.append("vain", queuedEvent);
      await engine.cache.write(
        key,
        storedReport("vain", sampleFallback(), clock.now()),
        REPORT_TTL_MS,
        REST_MS,
      );
      await engine.log.append("vain", { type: "completed", report: sampleFallback() });
    }

    it.each([
      ["the old report", sampleReport()],
      ["the fallback", sampleFallback()],
    ])("answers with %s and starts nothing, and tries again afterwards", async (_, report) => {
      await remember(report);
      await clock.advance(STALE_AFTER_MS);
      await comeToNothing();
      const enqueue = createTestEnqueue(engine, clock);
      expect(await enqueue(request)).toEqual({ status: "completed", report, stale: true });
      await clock.advance(REST_MS - 1);
      expect(await enqueue(request)).not.toHaveProperty("jobId");
      expect(await engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
      await clock.advance(1);
      expect(await enqueue(request)).toMatchObject({ stale: true, jobId: "job-1" });
    });

    it("answers with the fallback where stale reports are not answered", async () => {
      await comeToNothing();
      const answer = await createTestEnqueue(engine, clock, false)(request);
      expect(answer).toEqual({ status: "completed", report: sampleFallback(), stale: true });
    });

    it("tries again when the claim of such a job has outlived its rest", async () => {
      await comeToNothing();
      await clock.advance(REST_MS);
      await engine.cache.claim(key, "vain", REPORT_TTL_MS);
      expect(await createTestEnqueue(engine, clock)(request)).toMatchObject({ jobId: "job-1" });
    });
  });

  it("never takes a fallback for fresh", async () => {
    await remember(sampleFallback());
    const answer = await createTestEnqueue(engine, clock)(request);
    expect(answer).toMatchObject({
      status: "completed",
      stale: true,
      report: { fallback: true },
      jobId: "job-1",
    });
  });

  it("refuses a new job when as many wait as may, and says when to come back", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    for (const commitSha of ["a", "b", "c"]) await enqueue(sampleRequest({ commitSha }));
    await expect(enqueue(sampleRequest({ commitSha: "d" }))).rejects.toMatchObject({
      kind: "queue_full",
      retryAfterMs: 5_000,
    });
    expect(await enqueue(sampleRequest({ commitSha: "a" }))).toEqual({ status: "queued", jobId: "job-1" });
  });

  it("tells that the job is running", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    await enqueue(request);
    await engine.log.append("job-1", { type: "started", run: 1 });
    expect(await enqueue(request)).toEqual({ status: "running", jobId: "job-1" });
  });

  it("answers from the cache when another job ended between look and claim", async () => {
    const enqueue = createTestEnqueue(engine, clock);
    jest.spyOn(engine.cache, "read").mockImplementationOnce(async () => {
      await remember();
      return {};
    });
    expect(await enqueue(request)).toMatchObject({ status: "completed", stale: false });
    expect(await engine.cache.read(key)).not.toHaveProperty("jobId");
  });
});

describe("enqueueReport after a crash", () => {
  it("takes up a claim whose process died before it logged the job", async () => {
    await engine.cache.claim(key, "orphan", 60_000);
    expect(await createTestEnqueue(engine, clock)(request)).toEqual({ status: "queued", jobId: "orphan" });
    expect(await engine.log.read("orphan", 0)).toHaveLength(1);
    expect(await engine.queue.counts()).toEqual({ waiting: 1, active: 0 });
  });

  it("queues a job whose process died between log and queue", async () => {
    await engine.cache.claim(key, "orphan", 60_000);
    await engine.log.append("orphan", queuedEvent);
    expect(await createTestEnqueue(engine, clock)(request)).toEqual({ status: "queued", jobId: "orphan" });
    expect(await engine.queue.counts()).toEqual({ waiting: 1, active: 0 });
  });

  it("starts anew when the job failed but its claim was never released", async () => {
    await engine.cache.claim(key, "dead", 60_000);
    await engine.log.append("dead", queuedEvent);
    await engine.log.append("dead", { type: "failed", error: { kind: "internal", message: "broken" } });
    expect(await createTestEnqueue(engine, clock)(request)).toEqual({ status: "queued", jobId: "job-1" });
  });
});
