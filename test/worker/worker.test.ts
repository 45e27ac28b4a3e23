import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Engine, JobWorker, ProviderAdapter } from "../../src/core/ports.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import { createCallbackRunner } from "../../src/worker/callbacks.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { createTestEngine, createTestEnqueue, REPORT_TTL_MS } from "../support/core.ts";
import { testGuards } from "../providers/run-chain.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { noTracing } from "../../src/telemetry/tracing.ts";
import { noNews } from "./no-news.ts";
import { sampleContent, sampleRequest } from "../support/samples.ts";
import { createCapturedLogger } from "./captured-logger.ts";
import { redaction } from "../../src/redaction/redaction.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";

/** Delay before a second run, and the most runs, of the engine that these tests use. */
const RETRY_DELAY_MS = 1_000;
const MAX_RUNS = 2;

let clock: ManualClock;
let engine: Engine;
let enqueueReport: ReturnType<typeof createTestEnqueue>;
let captured: ReturnType<typeof createCapturedLogger>;

beforeEach(() => {
  clock = createManualClock();
  engine = createTestEngine(clock);
  enqueueReport = createTestEnqueue(engine, clock);
  captured = createCapturedLogger();
});

function start(...adapters: readonly ProviderAdapter[]): JobWorker {
  const { logger } = captured;
  return startWorker({
    ...redaction,
    metrics: noMetrics,
    tracing: noTracing,
    news: noNews,
    engine,
    chain: createProviderChain({
      providers: adapters.map((adapter) => ({ adapter })),
      clock,
      ...testGuards,
      pacer: engine.pacer,
    }),
    clock,
    logger,
    callbacks: createCallbackRunner({ log: engine.log, clock, logger }),
    reportTtlMs: REPORT_TTL_MS,
    fallbackTtlMs: 30_000,
    jobTimeoutMs: 120_000,
  });
}

const broken: ProviderAdapter = { name: "broken", call: () => Promise.reject(new Error("no")) };
const answers: ProviderAdapter = {
  name: "good",
  call: () => Promise.resolve({ content: sampleContent(), model: "good-1" }),
};

async function enqueue(commitSha = "abc"): Promise<string> {
  const { jobId = "" } = await enqueueReport(sampleRequest({ commitSha }));
  return jobId;
}

async function typesOf(jobId: string): Promise<readonly string[]> {
  return (await engine.log.read(jobId, 0)).map(({ type }) => type);
}

/** Lets every write of a job's start fail for `times` times, as when the engine has a hiccup. */
function breakStarts(times: number): void {
  const { append } = engine.log;
  let left = times;
  engine.log.append = (jobId, event) => {
    if (event.type !== "started" || left === 0) return append(jobId, event);
    left -= 1;
    return Promise.reject(new Error("hiccup"));
  };
}

describe("a worker", () => {
  it("takes a job through its providers to its end, with a line for each failed call and one for the end", async () => {
    start(broken, answers);
    const jobId = await enqueue();
    await settle();
    expect(await typesOf(jobId)).toEqual([
      "queued",
      "started",
      "attempt_started",
      "attempt_failed",
      "attempt_started",
      "completed",
    ]);
    expect(captured.lines).toEqual([
      expect.objectContaining({
        level: "warn",
        msg: "a call to a provider failed",
        jobId,
        provider: "broken",
        number: 1,
        errorKind: "unavailable",
        err: expect.objectContaining({ message: "no" }) as unknown,
      }),
      {
        level: "info",
        msg: "job ended",
        jobId,
        repo: "acme/shop",
        commitSha: "abc",
        status: "completed",
        provider: "good",
        fallback: false,
        run: 1,
        durationMs: 0,
      },
    ]);
  });

  it("completes a job with the template when there is no provider", async () => {
    start();
    await enqueue();
    await settle();
    expect(captured.lines).toMatchObject([{ status: "completed", provider: "template", fallback: true }]);
  });

  it("runs a job again that broke, after a delay", async () => {
    start(answers);
    breakStarts(1);
    const jobId = await enqueue();
    await settle();
    await clock.advance(RETRY_DELAY_MS - 1);
    expect(await typesOf(jobId)).toEqual(["queued"]);
    await clock.advance(1);
    expect(await typesOf(jobId)).toEqual(["queued", "started", "attempt_started", "completed"]);
    expect(captured.lines).toMatchObject([
      { level: "error", msg: "a run of a job failed", jobId, err: { message: "hiccup" } },
      { msg: "job ended", status: "completed", run: 2 },
    ]);
  });

  it("fails a job whose last run broke, and lets the next equal request start anew", async () => {
    start(answers);
    breakStarts(MAX_RUNS);
    const jobId = await enqueue();
    await settle();
    await clock.advance(RETRY_DELAY_MS);
    expect(await typesOf(jobId)).toEqual(["queued", "failed"]);
    expect(captured.lines.at(-1)).toMatchObject({ status: "failed", error: { kind: "internal" }, run: 2 });
    expect(await engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
    const again = await enqueue();
    await settle();
    expect(again).not.toBe(jobId);
    expect((await typesOf(again)).at(-1)).toBe("completed");
  });

  it("gives every job an end when it closes: those that run, that wait, and that wait to run again", async () => {
    const held = createHeldProvider();
    breakStarts(1);
    const worker = start(held);
    const ids: string[] = [];
    for (const commitSha of ["again", "one", "two", "waiting"]) {
      ids.push(await enqueue(commitSha));
      await settle();
    }
    await held.called(2);
    const closed = worker.close(500);
    await clock.advance(500);
    await closed;
    for (const id of ids) expect((await typesOf(id)).at(-1)).toBe("failed");
    expect(clock.sleepers()).toBe(0);
  });

  it("runs a job at once, and to its end, that waits to run again when it closes", async () => {
    breakStarts(1);
    const held = createHeldProvider();
    const worker = start(held);
    const jobId = await enqueue();
    await settle();
    const closed = worker.close(500);
    await held.called(1);
    await settle();
    held.release();
    await closed;
    expect((await typesOf(jobId)).at(-1)).toBe("completed");
    expect(clock.sleepers()).toBe(0);
  });
});
