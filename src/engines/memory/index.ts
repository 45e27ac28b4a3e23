import { createLocalPacer } from "../../core/local-pacer.ts";
import type { Clock, Engine } from "../../core/ports.ts";
import { createMemoryDeadLetters } from "./dead-letters.ts";
import { createMemoryJobLog } from "./job-log.ts";
import { createMemoryJobQueue } from "./job-queue.ts";
import { createMemoryRateCounter } from "./rate-counter.ts";
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

/** Each of cache, queue and log holds at most this, so that the engine stays well within Node's default heap. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Failed jobs are few, and kept to be looked at. */
const MAX_DEAD_LETTER_BYTES = 16 * 1024 * 1024;

/** The embedded engine: everything lives in this process, and ends with it. */
export function createMemoryEngine(options: MemoryEngineOptions): Engine {
  const cache = createMemoryReportCache({ clock: options.clock, maxBytes: MAX_BYTES });
  const queue = createMemoryJobQueue({ ...options, maxBytes: MAX_BYTES });
  const log = createMemoryJobLog({ ...options, maxBytes: MAX_BYTES });
  const deadLetters = createMemoryDeadLetters({ ...options, maxBytes: MAX_DEAD_LETTER_BYTES });
  const rateCounter = createMemoryRateCounter();
  return {
    name: "memory",
    cache,
    queue,
    log,
    deadLetters,
    rateCounter,
    pacer: createLocalPacer(options.clock),
    worker: { cache, log, deadLetters },
    reachability: { isReachable: () => true, onChange: () => () => undefined },
    close: async () => {
      for (const part of [queue, log, cache, deadLetters, rateCounter]) await part.close();
    },
  };
}
