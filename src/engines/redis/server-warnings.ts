import type { RedisClient } from "./connections.ts";

/**
 * What an operator should know of this Redis: that it may drop keys, or forget them when it ends. Empty when all is
 * well, or when the server does not tell.
 */
export async function findServerWarnings(redis: RedisClient): Promise<readonly string[]> {
  const [memory, persistence, snapshots] = await Promise.all([
    readInfo(redis, "memory"),
    readInfo(redis, "persistence"),
    readSnapshotRule(redis),
  ]);
  const warnings: string[] = [];
  const policy = memory.get("maxmemory_policy");
  if (policy !== undefined && policy !== "noeviction") {
    warnings.push(
      `Redis may evict jobs and reports: its maxmemory-policy is ${policy}, and should be noeviction`,
    );
  }
  if (persistence.get("aof_enabled") === "0") {
    warnings.push(
      snapshots === ""
        ? "Redis keeps nothing on disk: jobs and reports end with it; turn on appendonly"
        : "Redis keeps snapshots only: a crash loses what came after the last one; turn on appendonly",
    );
  }
  return warnings;
}

async function readInfo(redis: RedisClient, section: string): Promise<ReadonlyMap<string, string>> {
  const text = await redis.info(section);
  const pairs = text.split(/\r?\n/).map((line): [string, string] => {
    const [name = "", ...value] = line.split(":");
    return [name, value.join(":")];
  });
  return new Map(pairs);
}

/** When Redis writes snapshots, as in its configuration; managed ones keep that to themselves. */
async function readSnapshotRule(redis: RedisClient): Promise<string | undefined> {
  try {
    const answer = (await redis.config("GET", "save")) as readonly string[];
    return answer[1];
  } catch {
    return undefined;
  }
}
