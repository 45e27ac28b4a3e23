import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateCount, RateCounter } from "../../core/ports.ts";

/** Hits in this process's memory. */
export function createMemoryRateCounter(): RateCounter {
  const limiters = new Map<string, RateLimiterMemory>();

  function limiterOf(max: number, windowMs: number): RateLimiterMemory {
    const seconds = Math.max(1, Math.ceil(windowMs / 1_000));
    const name = `${max}/${seconds}`;
    const limiter = limiters.get(name) ?? new RateLimiterMemory({ points: max, duration: seconds });
    limiters.set(name, limiter);
    return limiter;
  }

  return {
    hit: (key, max, windowMs) => limiterOf(max, windowMs).consume(key).then(within, refused),
    close: () => {
      limiters.clear();
      return Promise.resolve();
    },
  };
}

function within({ remainingPoints, msBeforeNext }: RateLimiterRes): RateCount {
  return { isWithin: true, remaining: remainingPoints, resetMs: msBeforeNext };
}

/** The limiter rejects a hit that is one too many. */
function refused(reason: unknown): RateCount {
  if (!(reason instanceof RateLimiterRes)) throw reason;
  return { isWithin: false, remaining: 0, resetMs: reason.msBeforeNext };
}
