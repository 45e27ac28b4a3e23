import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { patientAccess } from "../../../src/engines/redis/access.ts";
import { connect, connectSubscriber, disconnect } from "../../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";
import { createRedisDeadLetters } from "../../../src/engines/redis/dead-letters.ts";
import { createDoorbells } from "../../../src/engines/redis/doorbells.ts";
import { createHotReports } from "../../../src/engines/redis/hot-reports.ts";
import { createRedisJobLog } from "../../../src/engines/redis/job-log.ts";
import { createRedisJobQueue } from "../../../src/engines/redis/job-queue.ts";
import { createRedisKeys } from "../../../src/engines/redis/keys.ts";
import { createRedisRateCounter } from "../../../src/engines/redis/rate-counter.ts";
import { createRedisReportCache } from "../../../src/engines/redis/report-cache.ts";
import { describeDeadLettersContract } from "../../contracts/dead-letters.ts";
import { describeJobLogContract } from "../../contracts/job-log.ts";
import { describeJobQueueContract } from "../../contracts/job-queue.ts";
import { describeRateCounterContract } from "../../contracts/rate-counter.ts";
import { describeReportCacheContract } from "../../contracts/report-cache.ts";
import { createDeferred } from "../../support/deferred.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import { queuedEvent } from "../../support/samples.ts";
import { startRedisCluster } from "./redis-process.ts";
import type { RedisCluster } from "./redis-process.ts";
import { createPassableClock, shortenLives } from "./pass-time.ts";

/** Nodes of a cluster take two seconds to trust each other. */
const START_TIMEOUT_MS = 30_000;

// It asks for a Redis only to be skipped, and to say so, where there is none.
await describeWithRedis("the Redis engine on a cluster", () => {
  let cluster: RedisCluster;
  const clients: RedisClient[] = [];

  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => disconnect(client, 1_000)));
  });
  afterAll(() => cluster.close());

  function keep<Client extends RedisClient>(client: Client): Client {
    clients.push(client);
    return client;
  }

  function createParts() {
    const prefix = randomUUID();
    const redis = keep(connect(cluster.url));
    let passedMs = 0;
    return {
      redis,
      clock: createPassableClock(() => passedMs),
      access: patientAccess,
      reachability: { isReachable: () => true },
      keys: createRedisKeys(prefix),
      passTime: async (ms: number): Promise<void> => {
        passedMs += ms;
        // All keys are at one node, and a search asks one only.
        for (const { port } of cluster.nodes) {
          await shortenLives(keep(connect(`redis://127.0.0.1:${port}`)), prefix, ms);
        }
      },
    };
  }

  function createLog() {
    const options = { ...createParts(), retentionMs: 60_000, openTtlMs: 3_600_000 };
    const doorbells = createDoorbells(keep(connectSubscriber(cluster.url)));
    return { ...options, log: createRedisJobLog({ ...options, doorbells }) };
  }

  describeReportCacheContract("a cluster", () => {
    const parts = createParts();
    const cache = createHotReports(parts).inFrontOf(createRedisReportCache(parts));
    return Promise.resolve({ ...parts, cache });
  });

  describeJobLogContract("a cluster", () => Promise.resolve(createLog()));

  describeJobQueueContract("a cluster", () => {
    const bounds = { concurrency: 2, maxWaiting: 3, maxRuns: 3 } as const;
    const queue = createRedisJobQueue({
      ...createParts(),
      ...bounds,
      prefix: randomUUID(),
      name: "reports",
      retryDelayMs: 1,
      maxRetryDelayMs: 1,
      // BullMQ takes the end of a cluster's connection for an error, also when it ends it itself.
      onError: () => undefined,
    });
    return Promise.resolve({ queue, ...bounds, passRetryDelay: () => Promise.resolve() });
  });

  describeDeadLettersContract("a cluster", () => {
    const parts = { ...createParts(), retentionMs: 60_000 };
    return Promise.resolve({ ...parts, deadLetters: createRedisDeadLetters(parts) });
  });

  describeRateCounterContract("a cluster", () => {
    const parts = createParts();
    return Promise.resolve({
      ...parts,
      counter: createRedisRateCounter({ ...parts, local: createMemoryRateCounter() }),
    });
  });

  describe("a cluster", () => {
    it("rings its doorbells for what came while their connection was lost", async () => {
      const { log } = createLog();
      await log.append("a", queuedEvent);
      let ring = (): void => undefined;
      const rung = new Promise<void>((resolve) => (ring = resolve));
      await log.subscribe("a", () => ring());
      for (const { port } of cluster.nodes) {
        const node = keep(connect(`redis://127.0.0.1:${port}`));
        await node.call("CLIENT", "KILL", "TYPE", "pubsub");
      }
      await log.append("a", { type: "started", run: 1 });
      await rung;
      expect((await log.read("a", 1)).map(({ type }) => type)).toEqual(["started"]);
    });

    it("carries what is published at one node to the doorbells at the other", async () => {
      const { log, ...options } = createLog();
      const bells = await Promise.all(
        cluster.nodes.map(async ({ port }) => {
          const subscriber = keep(connectSubscriber(`redis://127.0.0.1:${port}`));
          const other = createRedisJobLog({ ...options, doorbells: createDoorbells(subscriber) });
          const rung = createDeferred();
          await other.subscribe("a", rung.resolve);
          return rung;
        }),
      );
      await log.append("a", queuedEvent);
      await Promise.all(bells.map(({ promise }) => promise));
    });
  });
});
