import { RateLimiterRedis } from "rate-limiter-flexible";
import { RequestError } from "../../core/errors.ts";
import type { Clock, RateCounter, Reachability } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import type { RedisKeys } from "./keys.ts";
import { createLeasedLimit } from "./leased-limit.ts";
import type { LeasedLimit } from "./leased-limit.ts";

interface RedisRateCounterOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly reachability: Pick<Reachability, "isReachable">;
  readonly keys: RedisKeys;
  readonly clock: Clock;
  /** Counts in this process while Redis is away. */
  readonly local: RateCounter;
}

/** Hits in Redis: one budget for all processes. While Redis is away each process counts for itself. */
export function createRedisRateCounter(options: RedisRateCounterOptions): RateCounter {
  const { redis, access, reachability, keys, clock, local } = options;
  const limits = new Map<string, LeasedLimit>();

  function limitOf(max: number, windowMs: number): LeasedLimit {
    const seconds = Math.max(1, Math.ceil(windowMs / 1_000));
    const name = `${max}/${seconds}`;
    const limit = limits.get(name) ?? createLimit(name, max, seconds);
    limits.set(name, limit);
    return limit;
  }

  function createLimit(name: string, max: number, seconds: number): LeasedLimit {
    const limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `${keys.rates}:${name}`,
      points: max,
      duration: seconds,
    });
    return createLeasedLimit({
      max,
      nowMs: () => clock.monotonicMs(),
      isReachable: reachability.isReachable,
      count: async (key, hits) => {
        // It counts as `consume` does, and answers beyond the limit too.
        const { consumedPoints, msBeforeNext } = await access(() => limiter.penalty(key, hits));
        return { counted: consumedPoints, resetMs: msBeforeNext };
      },
    });
  }

  return {
    hit: async (key, max, windowMs) => {
      try {
        return await limitOf(max, windowMs).hit(key);
      } catch (error) {
        if (!(error instanceof RequestError) || error.kind !== "unavailable") throw error;
        return local.hit(key, max, windowMs);
      }
    },
    close: () => local.close(),
  };
}
