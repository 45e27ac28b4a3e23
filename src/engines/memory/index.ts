import type { Clock, Engine } from "../../core/ports.ts";
import { createMemoryJobLog } from "./job-log.ts";
import { createMemoryJobQueue } from "./job-queue.ts";
import { createMemoryReportCache } from "./report-cache.ts";

/** Bounds of the embedded engine. */
export interface MemoryEngineOptions {
  readonly clock: Clock;
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly maxRuns: number;
  readonly retryDelayMs: number;
  readonly retentionMs: number;
}

/** With some kilobytes a report and its log, these two stay under about 200 MB. */
const MAX_REPORTS = 10_000;
const MAX_ENDED_JOBS = 10_000;

/** The embedded engine: everything lives in this process, and ends with it. */
export function createMemoryEngine(options: MemoryEngineOptions): Engine {
  const cache = createMemoryReportCache({ clock: options.clock, maxReports: MAX_REPORTS });
  const queue = createMemoryJobQueue(options);
  const log = createMemoryJobLog({ ...options, maxEndedJobs: MAX_ENDED_JOBS });
  return {
    name: "memory",
    cache,
    queue,
    log,
    isReachable: () => true,
    close: async () => {
      await queue.close();
      await log.close();
      await cache.close();
    },
  };
}
