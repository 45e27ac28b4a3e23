import { randomUUID } from "node:crypto";
import { isTerminal } from "../../core/job.ts";
import type { JobEvent, LoggedEvent } from "../../core/job.ts";
import type { Clock, JobLog } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import type { Doorbells } from "./doorbells.ts";
import type { RedisKeys } from "./keys.ts";
import { createScript } from "./script.ts";

interface RedisJobLogOptions {
  /** Owned by the engine, which closes it; so are the doorbells. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly doorbells: Doorbells;
  readonly keys: RedisKeys;
  readonly clock: Pick<Clock, "now">;
  /** How long the log of an ended job stays readable. */
  readonly retentionMs: number;
  /** How long a log lives that nobody appends to; longer than any job waits. */
  readonly openTtlMs: number;
}

/** An entry of the list begins with one of these, so that the script need not read JSON. */
const FIRST = "Q";
const MIDDLE = "E";
const LAST = "T";

/** After it comes the append's own id. */
const ID_LENGTH = 36;

/**
 * Answers with the event's number, or 0 when it is not taken. When a connection breaks before the answer has come, the
 * same append is sent again: it finds itself by its id, and takes no second number.
 */
const appendScript = createScript(`
local count = redis.call("LLEN", KEYS[1])
local kind = string.sub(ARGV[1], 1, 1)
local last = count > 0 and redis.call("LINDEX", KEYS[1], -1)
if last and string.sub(last, 1, ${ID_LENGTH + 1}) == string.sub(ARGV[1], 1, ${ID_LENGTH + 1}) then return count end
if count == 0 and kind ~= "${FIRST}" then redis.call("ZREM", KEYS[2], ARGV[3]) end
if (kind == "${FIRST}") ~= (count == 0) then return 0 end
if last and string.sub(last, 1, 1) == "${LAST}" then return 0 end
redis.call("RPUSH", KEYS[1], ARGV[1])
redis.call("PEXPIRE", KEYS[1], ARGV[2])
if kind == "${FIRST}" then
  redis.call("ZADD", KEYS[2], ARGV[4], ARGV[3])
  redis.call("PEXPIRE", KEYS[2], ARGV[2])
elseif kind == "${LAST}" then
  redis.call("ZREM", KEYS[2], ARGV[3])
end
redis.call("PUBLISH", KEYS[1], count + 1)
if ARGV[5] == "1" then redis.call("PUBLISH", KEYS[3], "") end
return count + 1
`);

const markScript = createScript(`
redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2])
return redis.call("GET", KEYS[1])
`);

/** Job logs in Redis: a list for each job, whose channel of the same name is its doorbell. */
export function createRedisJobLog(options: RedisJobLogOptions): JobLog {
  const { redis, access, doorbells, keys, clock } = options;

  async function subscribe(channel: string, ring: () => void): Promise<() => void> {
    let subscription: Promise<() => void> | undefined;
    try {
      return await access(() => (subscription = doorbells.subscribe(channel, ring)));
    } catch (error) {
      // One that comes about too late is nobody's.
      subscription?.then((unsubscribe) => unsubscribe()).catch(() => undefined);
      throw error;
    }
  }

  return {
    append: async (jobId, event) => {
      const nowMs = clock.now();
      const ttlMs = isTerminal(event) ? options.retentionMs : options.openTtlMs;
      const json = JSON.stringify({ ...event, time: new Date(nowMs).toISOString() });
      const isCancel = event.type === "cancelled" ? 1 : 0;
      const args = [kindOf(event) + randomUUID() + json, ttlMs, jobId, nowMs, isCancel];
      const names = [keys.log(jobId), keys.openLogs, keys.cancels];
      const seq = await access(() => appendScript(redis, names, args));
      return seq === 0 ? undefined : Number(seq);
    },
    // Its own word is its mark: sent again after a broken connection, it recognizes itself.
    markTold: async (jobId) => {
      const mark = randomUUID();
      return (
        (await access(() => markScript(redis, [keys.told(jobId)], [mark, options.retentionMs]))) === mark
      );
    },
    read: async (jobId, afterSeq) => {
      const texts = await access(() => redis.lrange(keys.log(jobId), afterSeq, -1));
      return texts.map((text, index) => toLoggedEvent(text, afterSeq + index + 1));
    },
    subscribe: (jobId, ring) => subscribe(keys.log(jobId), ring),
    subscribeToCancels: (ring) => subscribe(keys.cancels, ring),
    listOpen: (ageMs, limit) =>
      access(() => redis.zrangebyscore(keys.openLogs, "-inf", clock.now() - ageMs, "LIMIT", 0, limit)),
    close: () => Promise.resolve(),
  };
}

function kindOf(event: JobEvent): string {
  if (event.type === "queued") return FIRST;
  return isTerminal(event) ? LAST : MIDDLE;
}

function toLoggedEvent(text: string, seq: number): LoggedEvent {
  const event = JSON.parse(text.slice(ID_LENGTH + 1)) as Omit<LoggedEvent, "seq">;
  return { ...event, seq } as LoggedEvent;
}
