import { LRUCache } from "lru-cache";
import type { Clock, DeadLetter, DeadLetters } from "../../core/ports.ts";
import { jobSize } from "./job-size.ts";

interface MemoryDeadLettersOptions {
  readonly clock: Clock;
  readonly retentionMs: number;
  /** Most bytes of failed jobs, about; the oldest go first. */
  readonly maxBytes: number;
}

/** What a failed job holds beside its texts. */
const LETTER_BYTES = 1_000;

/** Failed jobs in this process's memory. */
export function createMemoryDeadLetters(options: MemoryDeadLettersOptions): DeadLetters {
  const letters = new LRUCache<string, DeadLetter>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ job }) => jobSize(job) + LETTER_BYTES,
    ttl: options.retentionMs,
    ttlResolution: 0,
    perf: { now: () => options.clock.now() },
  });
  return {
    add: (letter) => {
      letters.set(letter.job.jobId, letter);
      return Promise.resolve();
    },
    // The one set last comes first.
    list: (limit) => Promise.resolve([...letters.values()].slice(0, limit)),
    find: (jobId) => Promise.resolve(letters.peek(jobId)),
    remove: (jobId) => {
      letters.delete(jobId);
      return Promise.resolve();
    },
    close: () => {
      letters.clear();
      return Promise.resolve();
    },
  };
}
