import { LRUCache } from "lru-cache";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { RateCount, RateCounter } from "../../core/ports.ts";

/** Most keys that are remembered for a limit; whoever has not been seen for longest is forgotten first. */
const MAX_KEYS = 100_000;

/** Hits in this process's memory. */
export function createMemoryRateCounter(maxKeys = MAX_KEYS): RateCounter {
  /** By the most hits, and the length of the window. */
  const limiters = new Map<number, Map<number, BoundedLimiter>>();

  function limiterOf(max: number, windowMs: number): BoundedLimiter {
    return limiters.get(max)?.get(windowMs) ?? createLimiter(max, windowMs);
  }

  function createLimiter(max: number, windowMs: number): BoundedLimiter {
    const seconds = Math.max(1, Math.ceil(windowMs / 1_000));
    const limiter = createBoundedLimiter({ points: max, seconds, maxKeys });
    limiters.set(max, (limiters.get(max) ?? new Map<number, BoundedLimiter>()).set(windowMs, limiter));
    return limiter;
  }

  return {
    hit: (key, max, windowMs) => limiterOf(max, windowMs).consume(key),
    close: () => {
      for (const byWindow of limiters.values()) for (const limiter of byWindow.values()) limiter.forgetAll();
      limiters.clear();
      return Promise.resolve();
    },
  };
}

interface BoundedLimiter {
  consume(key: string): Promise<RateCount>;
  forgetAll(): void;
}

/** The library keeps every key, with a timer, until its window ends; clients must not be able to make it keep more. */
function createBoundedLimiter({
  points,
  seconds,
  maxKeys,
}: {
  readonly points: number;
  readonly seconds: number;
  readonly maxKeys: number;
}): BoundedLimiter {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  const keys = new LRUCache<string, true>({
    max: maxKeys,
    dispose: (_, key, reason) => {
      if (reason !== "set") void limiter.delete(key);
    },
  });
  return {
    consume: (key) => {
      keys.set(key, true);
      return limiter.consume(key).then(within, refused);
    },
    forgetAll: () => keys.clear(),
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
