import type { Clock } from "../../../src/core/ports.ts";
import { systemClock } from "../../../src/core/system-clock.ts";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";

/** Redis can't be told what time it is: so every key of the prefix has less of it left. */
export async function shortenLives(redis: RedisClient, prefix: string, ms: number): Promise<void> {
  for (const key of await redis.keys(`{${prefix}}:*`)) {
    const leftMs = (await redis.pttl(key)) - ms;
    if (leftMs > 0) await redis.pexpire(key, leftMs);
    else await redis.del(key);
  }
}

/** The real time, and what a test has let pass. */
export function createPassableClock(passedMs: () => number): Clock {
  return {
    ...systemClock,
    now: () => systemClock.now() + passedMs(),
    monotonicMs: () => systemClock.monotonicMs() + passedMs(),
  };
}
