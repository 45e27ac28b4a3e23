import { createHash } from "node:crypto";
import type { RedisClient } from "./connections.ts";

type Argument = string | number;

/** Runs one Lua script, atomically. Resolves with what the script returns. */
export type Script = (
  redis: RedisClient,
  keys: readonly string[],
  args: readonly Argument[],
) => Promise<unknown>;

/** A script that is sent by its digest, and as a whole only to a Redis that does not know it yet. */
export function createScript(lua: string): Script {
  const digest = createHash("sha1").update(lua).digest("hex");
  return async (redis, keys, args) => {
    try {
      return await redis.evalsha(digest, keys.length, ...keys, ...args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return redis.eval(lua, keys.length, ...keys, ...args);
    }
  };
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
