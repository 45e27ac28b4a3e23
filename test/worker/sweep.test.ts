import { testGuards } from "../providers/run-chain.ts";
import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { JobError } from "../../src/core/job.ts";
import type { Engine } from "../../src/core/ports.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import { createCallbackRunner } from "../../src/worker/callbacks.ts";
import { createSweep } from "../../src/worker/sweep.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { createTestEngine, createTestEnqueue, REPORT_TTL_MS } from "../support/core.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { queuedEvent, queuedJob, sampleRequest } from "../support/samples.ts";
import { createCapturedLogger } from "./captured-logger.ts";
import { noTracing } from "../../src/telemetry/tracing.ts";
import { noNews } from "./no-news.ts";
import { redaction } from "../../src/redaction/redaction.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";

/** As old as a job must be before it can count as lost, and how often lost ones are looked for. */
const MIN_AGE_MS = 60_000;
const INTERVAL_MS = 60_000;

const lostError = {
  kind: "interrupted",
  message: "the job was lost before it was done; ask for the report again",
};

let clock: ManualClock;
let engine: Engine;

beforeEach(() => {
  clock = createManualClock();
  engine = createTestEngine(clock);
});

async function typesOf(jobId: string): Promise<readonly string[]> {
  return (await engine.log.read(jobId, 0)).map(({ type }) => type);
}

/** What stands when a process dies between the log and the queue. */
async function loseJob(jobId: string): Promise<void> {
  await engine.log.append(jobId, queuedEvent);
}

describe("a sweep", () => {
  let lost: (readonly [string, JobError])[];
  let sweep: () => Promise<void>;
  beforeEach(() => {
    lost = [];
    sweep = createSweep({ ...engine, onLost: (jobId, error) => void lost.push([jobId, error]) });
  });

  it("ends a job that is in no queue, and tells of it", async () => {
    await loseJob("lost");
    await clock.advance(MIN_AGE_MS);
    await sweep();
    expect(await typesOf("lost")).toEqual(["queued", "failed"]);
    expect((await engine.log.read("lost", 0)).at(-1)).toMatchObject({ error: lostError });
    expect(lost).toEqual([["lost", lostError]]);
  });

  it("ends a job once, however many processes sweep at once and again", async () => {
    await loseJob("lost");
    await clock.advance(MIN_AGE_MS);
    await Promise.all([sweep(), sweep(), sweep()]);
    await sweep();
    expect(await typesOf("lost")).toEqual(["queued", "failed"]);
    expect(lost).toHaveLength(1);
  });

  it("does not tell of a job's end that another has told of", async () => {
    await loseJob("lost");
    await engine.log.markTold("lost");
    await clock.advance(MIN_AGE_MS);
    await sweep();
    expect(await typesOf("lost")).toEqual(["queued", "failed"]);
    expect(lost).toEqual([]);
  });

  it("leaves a young job alone, whose next step may be under way", async () => {
    await loseJob("young");
    await clock.advance(MIN_AGE_MS - 1);
    await sweep();
    expect(await typesOf("young")).toEqual(["queued"]);
    await clock.advance(1);
    await sweep();
    expect(await typesOf("young")).toEqual(["queued", "failed"]);
  });

  it("leaves jobs that wait, that run and that wait to run again alone, and finds the lost one behind them", async () => {
    const known = ["delayed", "running", "running too", "waiting"];
    for (const jobId of [...known, "lost"]) await engine.log.append(jobId, queuedEvent);
    await clock.advance(MIN_AGE_MS);
    const runs: string[] = [];
    // Two jobs run at once; the first leaves its place to others, and runs again after a second.
    engine.queue.process(({ jobId }) => {
      runs.push(jobId);
      return jobId === "delayed" ? Promise.reject(new Error("no")) : new Promise(() => undefined);
    });
    for (const jobId of known) {
      await engine.queue.add(queuedJob(jobId));
      await settle();
    }
    expect(runs).toEqual(["delayed", "running", "running too"]);
    await sweep();
    for (const jobId of known) expect([jobId, await typesOf(jobId)]).toEqual([jobId, ["queued"]]);
    expect(lost.map(([jobId]) => jobId)).toEqual(["lost"]);
  });

  it("adds nothing to a job that ends while it looks", async () => {
    await loseJob("ending");
    await clock.advance(MIN_AGE_MS);
    jest.spyOn(engine.queue, "has").mockImplementationOnce(async (jobId) => {
      await engine.log.append(jobId, { type: "failed", error: { kind: "internal", message: "broken" } });
      return false;
    });
    await sweep();
    expect(await typesOf("ending")).toEqual(["queued", "failed"]);
    expect((await engine.log.read("ending", 0)).at(-1)).toMatchObject({ error: { kind: "internal" } });
    expect(lost).toEqual([]);
  });

  it("lets the next equal request begin a new job", async () => {
    const enqueueReport = createTestEnqueue(engine, clock);
    jest.spyOn(engine.queue, "add").mockRejectedValueOnce(new Error("the process died"));
    await expect(enqueueReport(sampleRequest())).rejects.toThrow("died");
    await clock.advance(MIN_AGE_MS);
    await sweep();
    expect(lost.map(([jobId]) => jobId)).toEqual(["job-1"]);
    expect(await enqueueReport(sampleRequest())).toEqual({ status: "queued", jobId: "job-2" });
    expect(await typesOf("job-1")).toEqual(["queued", "failed"]);
  });
});

describe("a worker whose engine is shared", () => {
  function start() {
    const { logger, lines } = createCapturedLogger();
    const callbacks = createCallbackRunner({ log: engine.log, clock, logger });
    const failures: unknown[] = [];
    callbacks.register({ onFailure: (jobId, errors) => void failures.push([jobId, errors]) });
    const worker = startWorker({
      engine: { ...engine, name: "redis" },
      chain: createProviderChain({ ...testGuards, providers: [], clock, pacer: engine.pacer }),
      ...{ clock, logger, metrics: noMetrics, tracing: noTracing, news: noNews, callbacks, ...redaction },
      reportTtlMs: REPORT_TTL_MS,
      fallbackTtlMs: 30_000,
      jobTimeoutMs: 120_000,
    });
    return { worker, lines, failures };
  }

  it("looks for lost jobs by itself, and tells log and callbacks of each once", async () => {
    const { lines, failures, worker } = start();
    await loseJob("lost");
    await clock.advance(INTERVAL_MS * 3);
    expect(await typesOf("lost")).toEqual(["queued", "failed"]);
    expect(lines).toEqual([{ level: "error", msg: "a job was lost", jobId: "lost", error: lostError }]);
    expect(failures).toEqual([["lost", [lostError]]]);
    await worker.close(0);
    expect(clock.sleepers()).toBe(0);
  });

  it("looks again after a time when its engine was away", async () => {
    const { worker } = start();
    jest.spyOn(engine.log, "listOpen").mockRejectedValueOnce(new Error("away"));
    await loseJob("lost");
    await clock.advance(INTERVAL_MS);
    expect(await typesOf("lost")).toEqual(["queued"]);
    await clock.advance(INTERVAL_MS);
    expect(await typesOf("lost")).toEqual(["queued", "failed"]);
    await worker.close(0);
  });
});
