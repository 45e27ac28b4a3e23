import { expect } from "@jest/globals";
import { Cluster } from "ioredis";
import type { RedisClient } from "../../src/engines/redis/connections.ts";

/** What BullMQ keeps of a queue for ever, and of no job: its settings, a counter, a signal to workers, and a stream. */
const FIXED_KEY = /^[^:]+:(?:meta|id|marker|events)$/;

/** The stream's bound, and one node of 100 entries on top, since Redis trims whole nodes only. */
const MAX_STREAM_LENGTH = 1_000 + 100;

/**
 * Expects that nothing under a prefix stays in Redis for ever once every job has ended: each key has a time to live,
 * but for the few that each queue has, however many jobs it has seen. Stop the workers first: a job leaves the queue a
 * moment after its log has ended.
 */
export async function expectBoundedKeys(redis: RedisClient, prefix: string): Promise<void> {
  const start = `{${prefix}}:`;
  const unbounded: string[] = [];
  for (const key of await scan(redis, `${start}*`)) {
    if ((await redis.pttl(key)) === -1) unbounded.push(key.slice(start.length));
  }
  expect(unbounded.filter((key) => !FIXED_KEY.test(key))).toEqual([]);
  for (const key of unbounded.filter((name) => name.endsWith(":events"))) {
    expect(await redis.xlen(start + key)).toBeLessThanOrEqual(MAX_STREAM_LENGTH);
  }
}

/** Every key of every node, without holding Redis up. */
async function scan(redis: RedisClient, pattern: string): Promise<readonly string[]> {
  const nodes = redis instanceof Cluster ? redis.nodes("master") : [redis];
  const keys = new Set<string>();
  for (const node of nodes) {
    for await (const batch of node.scanStream({ match: pattern, count: 1_000 })) {
      for (const key of batch as readonly string[]) keys.add(key);
    }
  }
  return [...keys];
}
