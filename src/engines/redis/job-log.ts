import type { Redis } from "ioredis";
import { isTerminal } from "../../core/job.ts";
import type { JobEvent, LoggedEvent } from "../../core/job.ts";
import type { Clock, JobLog } from "../../core/ports.ts";
import { createDoorbells } from "./doorbells.ts";
import type { RedisKeys } from "./keys.ts";
import { createScript } from "./script.ts";

interface RedisJobLogOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: Redis;
  /** A connection of its own: one that subscribes can do nothing else. Owned by the engine too. */
  readonly subscriber: Redis;
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

/** Answers with the event's number, or 0 when it is not taken. */
const appendScript = createScript(`
local count = redis.call("LLEN", KEYS[1])
local kind = string.sub(ARGV[1], 1, 1)
if (kind == "${FIRST}") ~= (count == 0) then return 0 end
if count > 0 and string.sub(redis.call("LINDEX", KEYS[1], -1), 1, 1) == "${LAST}" then return 0 end
redis.call("RPUSH", KEYS[1], ARGV[1])
redis.call("PEXPIRE", KEYS[1], ARGV[2])
redis.call("PUBLISH", KEYS[1], count + 1)
return count + 1
`);

/** Job logs in Redis: a list for each job, whose channel of the same name is its doorbell. */
export function createRedisJobLog(options: RedisJobLogOptions): JobLog {
  const { redis, keys, clock } = options;
  const doorbells = createDoorbells(options.subscriber);
  return {
    append: async (jobId, event) => {
      const ttlMs = isTerminal(event) ? options.retentionMs : options.openTtlMs;
      const text = kindOf(event) + JSON.stringify({ ...event, time: new Date(clock.now()).toISOString() });
      const seq = await appendScript(redis, [keys.log(jobId)], [text, ttlMs]);
      return seq === 0 ? undefined : Number(seq);
    },
    read: async (jobId, afterSeq) => {
      const texts = await redis.lrange(keys.log(jobId), afterSeq, -1);
      return texts.map((text, index) => toLoggedEvent(text, afterSeq + index + 1));
    },
    subscribe: (jobId, ring) => doorbells.subscribe(keys.log(jobId), ring),
    close: () => doorbells.close(),
  };
}

function kindOf(event: JobEvent): string {
  if (event.type === "queued") return FIRST;
  return isTerminal(event) ? LAST : MIDDLE;
}

function toLoggedEvent(text: string, seq: number): LoggedEvent {
  return { ...(JSON.parse(text.slice(1)) as Omit<LoggedEvent, "seq">), seq } as LoggedEvent;
}
