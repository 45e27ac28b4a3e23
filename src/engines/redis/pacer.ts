import { randomUUID } from "node:crypto";
import { RequestError } from "../../core/errors.ts";
import { createLocalPacer, toTurnMs } from "../../core/local-pacer.ts";
import type { Circuit, Clock, Pacer } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import type { RedisKeys } from "./keys.ts";
import { createScript } from "./script.ts";

interface RedisPacerOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly keys: RedisKeys;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/**
 * Books the next turn, in microseconds of Redis's own clock, which all processes share. Nobody holds anything: who books
 * a turn and dies wastes that one.
 */
const takeTurnScript = createScript(`
local time = redis.call("TIME")
local now = time[1] * 1000000 + time[2]
local turn = math.max(now, tonumber(redis.call("GET", KEYS[1]) or "0"))
local lifeMs = math.ceil((turn - now + ARGV[1]) / 1000) + 1
redis.call("SET", KEYS[1], string.format("%.0f", turn + ARGV[1]), "PX", lifeMs)
return string.format("%.0f", turn - now)
`);

const coolDownScript = createScript(`
if redis.call("PTTL", KEYS[1]) < tonumber(ARGV[1]) then redis.call("SET", KEYS[1], "1", "PX", ARGV[1]) end
`);

/** `<circuit>:<milliseconds since the epoch until which it counts>`, since its process may die. */
const tellCircuitScript = createScript(`
if ARGV[2] == "closed" then return redis.call("HDEL", KEYS[1], ARGV[1]) end
local time = redis.call("TIME")
local untilMs = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3]
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2] .. ":" .. string.format("%.0f", untilMs))
redis.call("PEXPIRE", KEYS[1], ARGV[3])
`);

const toldCircuitScript = createScript(`
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local worst = "closed"
for _, told in ipairs(redis.call("HVALS", KEYS[1])) do
  local circuit, untilMs = string.match(told, "^(.+):(%d+)$")
  if tonumber(untilMs) > now and (circuit == "open" or worst == "closed") then worst = circuit end
end
return worst
`);

/** Paces the calls of all processes together; while Redis is away, those of this one alone. */
export function createRedisPacer({ redis, access, keys, clock }: RedisPacerOptions): Pacer {
  const local = createLocalPacer(clock);
  const processId = randomUUID();

  async function orLocally<Answer>(
    shared: () => Promise<Answer>,
    alone: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return await access(shared);
    } catch (error) {
      if (error instanceof RequestError && error.kind === "unavailable") return alone();
      throw error;
    }
  }

  return {
    takeTurn: (provider, perSecond) =>
      orLocally(
        async () => {
          const turnUs = Math.ceil(toTurnMs(perSecond) * 1_000);
          return Number(await takeTurnScript(redis, [keys.turn(provider)], [turnUs])) / 1_000;
        },
        () => local.takeTurn(provider, perSecond),
      ),
    coolDown: async (provider, ms) => {
      await local.coolDown(provider, ms);
      await orLocally(
        async () => {
          await coolDownScript(redis, [keys.cooldown(provider)], [Math.max(1, Math.ceil(ms))]);
        },
        () => Promise.resolve(),
      );
    },
    tellCircuit: (provider, circuit, ms) =>
      orLocally(
        async () => {
          await tellCircuitScript(redis, [keys.circuits(provider)], [processId, circuit, ms]);
        },
        () => local.tellCircuit(provider, circuit, ms),
      ),
    toldCircuit: (provider) =>
      orLocally(
        async () => (await toldCircuitScript(redis, [keys.circuits(provider)], [])) as Circuit,
        () => local.toldCircuit(provider),
      ),
    cooldownMs: (provider) =>
      orLocally(
        // What was learnt while Redis was away only this process knows.
        async () => Math.max(await redis.pttl(keys.cooldown(provider)), await local.cooldownMs(provider)),
        () => local.cooldownMs(provider),
      ),
  };
}
