import type { Clock, DeadLetter, DeadLetters } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import type { RedisKeys } from "./keys.ts";
import { createScript } from "./script.ts";

interface RedisDeadLettersOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly keys: RedisKeys;
  readonly clock: Pick<Clock, "now">;
  readonly retentionMs: number;
}

/** More than anybody will look through; the oldest go first. */
const MAX_LETTERS = 10_000;

const addScript = createScript(`
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
redis.call("ZADD", KEYS[2], ARGV[4], ARGV[3])
redis.call("ZREMRANGEBYSCORE", KEYS[2], "-inf", ARGV[4] - ARGV[2])
redis.call("ZREMRANGEBYRANK", KEYS[2], 0, -${MAX_LETTERS + 1})
redis.call("PEXPIRE", KEYS[2], ARGV[2])
`);

/** Failed jobs in Redis: one key for each, with a time to live, and a sorted set of their ids by age. */
export function createRedisDeadLetters(options: RedisDeadLettersOptions): DeadLetters {
  const { redis, access, keys, clock, retentionMs } = options;
  return {
    add: async (letter) => {
      const { jobId } = letter.job;
      const args = [JSON.stringify(letter), retentionMs, jobId, clock.now()];
      await access(() => addScript(redis, [keys.deadLetter(jobId), keys.deadLetters], args));
    },
    list: async (limit) => {
      const ids = await access(() => redis.zrange(keys.deadLetters, 0, limit - 1, "REV"));
      if (ids.length === 0) return [];
      const texts = await access(() => redis.mget(ids.map((id) => keys.deadLetter(id))));
      return texts.filter((text) => text !== null).map(toLetter);
    },
    find: async (jobId) => {
      const text = await access(() => redis.get(keys.deadLetter(jobId)));
      return text === null ? undefined : toLetter(text);
    },
    remove: async (jobId) => {
      await access(() => redis.del(keys.deadLetter(jobId)));
      await access(() => redis.zrem(keys.deadLetters, jobId));
    },
    close: () => Promise.resolve(),
  };
}

function toLetter(text: string): DeadLetter {
  return JSON.parse(text) as DeadLetter;
}
