import type { RedisClient } from "../../../src/engines/redis/connections.ts";

/** Redis can't be told what time it is: so every key of the prefix has less of it left. */
export async function shortenLives(redis: RedisClient, prefix: string, ms: number): Promise<void> {
  for (const key of await redis.keys(`{${prefix}}:*`)) {
    const leftMs = (await redis.pttl(key)) - ms;
    if (leftMs > 0) await redis.pexpire(key, leftMs);
    else await redis.del(key);
  }
}
