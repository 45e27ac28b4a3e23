import { randomUUID } from "node:crypto";
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { Redis } from "ioredis";
import type { RedisOptions } from "ioredis";
import { createRedisJobQueue } from "../../../src/engines/redis/job-queue.ts";
import { createRedisJobLog } from "../../../src/engines/redis/job-log.ts";
import { createRedisKeys } from "../../../src/engines/redis/keys.ts";
import { createRedisReportCache } from "../../../src/engines/redis/report-cache.ts";
import { systemClock } from "../../../src/core/system-clock.ts";
import { describeJobLogContract } from "../../contracts/job-log.ts";
import { describeJobQueueContract } from "../../contracts/job-queue.ts";
import { describeReportCacheContract } from "../../contracts/report-cache.ts";
import { startRedisServer } from "../../support/redis-server.ts";
import { queuedEvent, sampleReport, storedReport } from "../../support/samples.ts";

const server = await startRedisServer();
const connections: Redis[] = [];

function connect(options: RedisOptions = {}): Redis {
  const connection = new Redis(server?.url ?? "", options);
  connections.push(connection);
  return connection;
}

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.quit()));
});
afterAll(() => server?.stop());

/** Lets time pass for every key of a prefix: Redis can't be told what time it is. */
async function passTime(redis: Redis, prefix: string, ms: number): Promise<void> {
  for (const key of await redis.keys(`{${prefix}}:*`)) {
    const leftMs = (await redis.pttl(key)) - ms;
    if (leftMs > 0) await redis.pexpire(key, leftMs);
    else await redis.del(key);
  }
}

function createUnderTest() {
  const prefix = randomUUID();
  const redis = connect();
  return {
    prefix,
    redis,
    keys: createRedisKeys(prefix),
    passTime: (ms: number) => passTime(redis, prefix, ms),
  };
}

function createLog() {
  const { redis, keys, ...rest } = createUnderTest();
  const retentionMs = 60_000;
  const options = { redis, keys, clock: systemClock, retentionMs, openTtlMs: 3_600_000 };
  const log = createRedisJobLog({ ...options, subscriber: connect() });
  return { log, options, retentionMs, ...rest, redis };
}

function createQueue(bounds: {
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly maxRuns: number;
}) {
  const workerRedis = connect({ maxRetriesPerRequest: null });
  const names = { prefix: randomUUID(), name: "reports" };
  const onError = (error: Error): void => {
    throw error;
  };
  return createRedisJobQueue({
    redis: connect(),
    workerRedis,
    ...names,
    ...bounds,
    retryDelayMs: 1,
    onError,
  });
}

if (server === undefined) {
  it("SKIPPED: the Redis suites need REDIS_URL or redis-server", () => {
    process.stderr.write("SKIPPED: the Redis suites need REDIS_URL or redis-server\n");
  });
} else {
  describeReportCacheContract("the Redis engine", () => {
    const { redis, keys, passTime } = createUnderTest();
    return Promise.resolve({ cache: createRedisReportCache({ redis, keys }), passTime });
  });

  describeJobLogContract("the Redis engine", () => Promise.resolve(createLog()));

  describeJobQueueContract("the Redis engine", () => {
    const bounds = { concurrency: 2, maxWaiting: 3, maxRuns: 3 } as const;
    return Promise.resolve({
      queue: createQueue(bounds),
      ...bounds,
      passRetryDelay: () => Promise.resolve(),
    });
  });

  describe("the Redis engine", () => {
    it("rings on another connection, as a watcher on another replica needs", async () => {
      const { log, options } = createLog();
      const other = createRedisJobLog({ ...options, redis: connect(), subscriber: connect() });
      await log.append("a", queuedEvent);
      const rung = new Promise<void>(
        (resolve) =>
          void other.subscribe("a", resolve).then(() => log.append("a", { type: "started", run: 1 })),
      );
      await rung;
      expect((await other.read("a", 1)).map(({ type }) => type)).toEqual(["started"]);
    });

    it("rings every doorbell when its connection comes back", async () => {
      const { options } = createLog();
      const subscriber = connect();
      const log = createRedisJobLog({ ...options, subscriber });
      const rung = new Promise<void>(
        (resolve) => void log.subscribe("a", resolve).then(() => subscriber.disconnect(true)),
      );
      await rung;
    });

    it("keeps no key without a time to live", async () => {
      const { log, redis, prefix } = createLog();
      const cache = createRedisReportCache({ redis, keys: createRedisKeys(prefix) });
      await cache.claim("a", "a", 1_000);
      await cache.write("b", storedReport("b"), 1_000);
      await log.append("a", queuedEvent);
      await log.append("b", queuedEvent);
      await log.append("b", { type: "completed", report: sampleReport() });
      const keys = await redis.keys(`{${prefix}}:*`);
      expect(keys).toHaveLength(4);
      for (const key of keys) expect([key, (await redis.pttl(key)) > 0]).toEqual([key, true]);
    });

    it("goes on when Redis has forgotten its scripts", async () => {
      const { log, redis } = createLog();
      await log.append("a", queuedEvent);
      await redis.script("FLUSH");
      expect(await log.append("a", { type: "started", run: 1 })).toBe(2);
    });
  });
}
