import { afterEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "../../../src/core/system-clock.ts";
import { createMemoryJobLog } from "../../../src/engines/memory/job-log.ts";
import { createMemoryJobQueue } from "../../../src/engines/memory/job-queue.ts";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { createMemoryReportCache } from "../../../src/engines/memory/report-cache.ts";
import { createGate } from "../../support/gate.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { queuedEvent, queuedJob, sampleReport, sampleRequest, storedReport } from "../../support/samples.ts";

const clock = createManualClock();
const close: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(close.splice(0).map((end) => end()));
});

function createQueue(changes: Partial<Parameters<typeof createMemoryJobQueue>[0]> = {}) {
  const bounds = { concurrency: 1, maxWaiting: 1_000, maxBytes: 100_000, maxRuns: 2 };
  const delays = { retryDelayMs: 60_000, maxRetryDelayMs: 60_000 };
  const queue = createMemoryJobQueue({ clock: systemClock, ...bounds, ...delays, ...changes });
  close.push(() => queue.close());
  return queue;
}

describe("the memory engine's bounds", () => {
  it("leave no room for jobs once those in the queue hold as many bytes as they may", async () => {
    const queue = createQueue();
    const big = { ...queuedJob("big"), request: sampleRequest({ diffSummary: "x".repeat(60_000) }) };
    await queue.add(big);
    expect(await queue.hasRoom()).toBe(false);
    const runs = createGate<null>();
    queue.process(() => {
      runs.pass(null);
      return Promise.resolve();
    });
    await runs.passed(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await queue.hasRoom()).toBe(true);
  });

  it("forget the caller not seen for longest, when there are more than are remembered", async () => {
    const counter = createMemoryRateCounter(2);
    close.push(() => counter.close());
    const hit = async (key: string) => (await counter.hit(key, 1, 60_000)).isWithin;
    expect([await hit("a"), await hit("b"), await hit("a")]).toEqual([true, true, false]);
    expect(await hit("c")).toBe(true);
    expect([await hit("a"), await hit("b")]).toEqual([false, true]);
  });

  it("let old reports go for new ones", async () => {
    const cache = createMemoryReportCache({ clock, maxBytes: 5_000 });
    close.push(() => cache.close());
    for (const key of ["a", "b", "c"]) {
      await cache.write(key, storedReport(key, sampleReport({ rationale: "y".repeat(1_000) })), 60_000);
    }
    expect(await cache.read("a")).toEqual({});
    expect(await cache.read("c")).toHaveProperty("stored");
  });

  it("let old ended jobs go for new ones, but never one that has not ended", async () => {
    const log = createMemoryJobLog({ clock, retentionMs: 60_000, maxBytes: 5_000 });
    close.push(() => log.close());
    await log.append("open", queuedEvent);
    const report = sampleReport({ rationale: "y".repeat(1_000) });
    for (const id of ["a", "b", "c"]) {
      await log.append(id, queuedEvent);
      await log.append(id, { type: "completed", report });
    }
    expect(await log.read("a", 0)).toEqual([]);
    expect(await log.read("c", 0)).toHaveLength(2);
    expect(await log.read("open", 0)).toHaveLength(1);
  });
});

describe("the counts", () => {
  it("never fall below nothing while a job ends", async () => {
    const queue = createQueue();
    const worker = queue.process(() => Promise.resolve());
    await queue.add(queuedJob("a"));
    const waiting: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) waiting.push((await queue.counts()).waiting);
    await worker.close(0);
    expect(Math.min(...waiting)).toBe(0);
  });
});

describe("a closing worker", () => {
  it("runs a delayed job at once, within its grace", async () => {
    const queue = createQueue();
    const runs = createGate<boolean>();
    const worker = queue.process((_, { signal, run }) => {
      runs.pass(signal.aborted);
      return run === 1 ? Promise.reject(new Error("broken")) : Promise.resolve();
    });
    await queue.add(queuedJob("a"));
    await runs.passed(1);
    await worker.close(60_000);
    expect(await runs.passed(2)).toEqual([false, false]);
  });
});

describe("many running jobs", () => {
  it("may all listen for the worker's end without a warning", async () => {
    const warnings: unknown[] = [];
    const warn = (warning: unknown): void => void warnings.push(warning);
    process.on("warning", warn);
    const queue = createQueue({ concurrency: 50, maxBytes: 10_000_000 });
    const runs = createGate<null>();
    const worker = queue.process((_, { signal }) => {
      runs.pass(null);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    });
    for (let index = 0; index < 50; index += 1) await queue.add(queuedJob(`job-${index}`));
    await runs.passed(50);
    await worker.close(0);
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });
});
