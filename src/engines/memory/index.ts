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
  readonly maxRetryDelayMs: number;
  readonly retentionMs: number;
}

/** Each of the three holds at most this, so that the engine stays well within Node's default heap. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The embedded engine: everything lives in this process, and ends with it. */
export function createMemoryEngine(options: MemoryEngineOptions): Engine {
  const cache = createMemoryReportCache({ clock: options.clock, maxBytes: MAX_BYTES });
  const queue = createMemoryJobQueue({ ...options, maxBytes: MAX_BYTES });
  const log = createMemoryJobLog({ ...options, maxBytes: MAX_BYTES });
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
