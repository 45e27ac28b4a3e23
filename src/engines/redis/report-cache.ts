import type { CacheEntry, ReportCache, StoredReport } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import type { RedisKeys } from "./keys.ts";
import { createScript } from "./script.ts";

interface RedisReportCacheOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly keys: RedisKeys;
}

/** A stored report begins with one of these, so that a script need not read JSON. */
const MODEL = "M";
const FALLBACK = "F";

const claimScript = createScript(`
redis.call("SET", KEYS[2], ARGV[1], "NX", "PX", ARGV[2])
return { redis.call("GET", KEYS[1]), redis.call("GET", KEYS[2]) }
`);

const writeScript = createScript(`
local current = redis.call("GET", KEYS[1])
local keeps = current and string.sub(current, 1, 1) == "${MODEL}" and string.sub(ARGV[1], 1, 1) == "${FALLBACK}"
if not keeps then redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2]) end
if redis.call("GET", KEYS[2]) == ARGV[3] then redis.call("PEXPIRE", KEYS[2], ARGV[4]) end
`);

const releaseScript = createScript(`
if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
`);

/** Reports in Redis: for each fingerprint one key for the report and one for the claim, both with a time to live. */
export function createRedisReportCache({ redis, access, keys }: RedisReportCacheOptions): ReportCache {
  const both = (fingerprint: string): [string, string] => [keys.report(fingerprint), keys.claim(fingerprint)];
  return {
    read: async (fingerprint) => toEntry(await access(() => redis.mget(both(fingerprint)))),
    claim: async (fingerprint, jobId, ttlMs) => {
      const entry = await access(() => claimScript(redis, both(fingerprint), [jobId, ttlMs]));
      return toEntry(entry as readonly (string | null)[]);
    },
    write: async (fingerprint, stored, ttlMs, restMs = 0) => {
      const text = (stored.report.fallback ? FALLBACK : MODEL) + JSON.stringify(stored);
      await access(() => writeScript(redis, both(fingerprint), [text, ttlMs, stored.jobId, restMs]));
    },
    release: async (fingerprint, jobId) => {
      await access(() => releaseScript(redis, [keys.claim(fingerprint)], [jobId]));
    },
    close: () => Promise.resolve(),
  };
}

function toEntry([text, jobId]: readonly (string | null)[]): CacheEntry {
  return {
    ...(text && { stored: JSON.parse(text.slice(1)) as StoredReport }),
    ...(jobId && { jobId }),
  };
}
