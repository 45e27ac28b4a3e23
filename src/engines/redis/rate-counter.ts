import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { RequestError } from "../../core/errors.ts";
import type { RateCount, RateCounter } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import type { RedisKeys } from "./keys.ts";

interface RedisRateCounterOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly keys: RedisKeys;
  /** Counts in this process while Redis is away. */
  readonly local: RateCounter;
}

/** Hits in Redis: one budget for all processes. While Redis is away each process counts for itself. */
export function createRedisRateCounter(options: RedisRateCounterOptions): RateCounter {
  const { redis, access, keys, local } = options;
  const limiters = new Map<string, RateLimiterRedis>();

  function limiterOf(max: number, windowMs: number): RateLimiterRedis {
    const seconds = Math.max(1, Math.ceil(windowMs / 1_000));
    const name = `${max}/${seconds}`;
    const known = limiters.get(name);
    if (known !== undefined) return known;
    const limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${keys.rates}:${name}`,
      points: max,
      duration: seconds,
    });
    limiters.set(name, limiter);
    return limiter;
  }

  return {
    hit: async (key, max, windowMs) => {
      try {
        return await access(() => limiterOf(max, windowMs).consume(key).then(within, refused));
      } catch (error) {
        if (!(error instanceof RequestError) || error.kind !== "unavailable") throw error;
        return local.hit(key, max, windowMs);
      }
    },
    close: () => local.close(),
  };
}

function within({ remainingPoints, msBeforeNext }: RateLimiterRes): RateCount {
  return { isWithin: true, remaining: remainingPoints, resetMs: msBeforeNext };
}

/** The limiter rejects a hit that is one too many with its numbers, and real trouble with an error. */
function refused(reason: unknown): RateCount {
  if (!(reason instanceof RateLimiterRes)) throw reason;
  return { isWithin: false, remaining: 0, resetMs: reason.msBeforeNext };
}
