import { afterEach, jest } from "@jest/globals";
import { createMemoryDeadLetters } from "../../../src/engines/memory/dead-letters.ts";
import { createMemoryJobLog } from "../../../src/engines/memory/job-log.ts";
import { createMemoryJobQueue } from "../../../src/engines/memory/job-queue.ts";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { createMemoryReportCache } from "../../../src/engines/memory/report-cache.ts";
import { systemClock } from "../../../src/core/system-clock.ts";
import { describeDeadLettersContract } from "../../contracts/dead-letters.ts";
import { describeJobLogContract } from "../../contracts/job-log.ts";
import { describeJobQueueContract } from "../../contracts/job-queue.ts";
import { describeRateCounterContract } from "../../contracts/rate-counter.ts";
import { describeReportCacheContract } from "../../contracts/report-cache.ts";
import { createManualClock } from "../../support/manual-clock.ts";

describeReportCacheContract("the memory engine", () => {
  const clock = createManualClock();
  return Promise.resolve({
    cache: createMemoryReportCache({ clock, maxBytes: 1_000_000 }),
    passTime: clock.advance,
  });
});

describeJobLogContract("the memory engine", () => {
  const clock = createManualClock();
  const retentionMs = 60_000;
  const log = createMemoryJobLog({ clock, retentionMs, maxBytes: 1_000_000 });
  return Promise.resolve({ log, retentionMs, passTime: clock.advance });
});

describeJobQueueContract("the memory engine", () => {
  const bounds = { concurrency: 2, maxWaiting: 3, maxRuns: 3 } as const;
  const queue = createMemoryJobQueue({
    clock: systemClock,
    retryDelayMs: 1,
    maxRetryDelayMs: 1,
    maxBytes: 1_000_000,
    ...bounds,
  });
  return Promise.resolve({ queue, ...bounds, passRetryDelay: () => Promise.resolve() });
});

describeDeadLettersContract("the memory engine", () => {
  const clock = createManualClock();
  const retentionMs = 60_000;
  const deadLetters = createMemoryDeadLetters({ clock, retentionMs, maxBytes: 1_000_000 });
  return Promise.resolve({ deadLetters, retentionMs, passTime: clock.advance });
});

describeRateCounterContract("the memory engine", () => {
  jest.useFakeTimers();
  const passTime = async (ms: number): Promise<void> => {
    await jest.advanceTimersByTimeAsync(ms);
  };
  return Promise.resolve({ counter: createMemoryRateCounter(), passTime });
});
afterEach(() => void jest.useRealTimers());
