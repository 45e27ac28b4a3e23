import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { systemClock } from "../../../src/core/system-clock.ts";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { patientAccess } from "../../../src/engines/redis/access.ts";
import { createRedisDeadLetters } from "../../../src/engines/redis/dead-letters.ts";
import { createDoorbells } from "../../../src/engines/redis/doorbells.ts";
import { createHotReports } from "../../../src/engines/redis/hot-reports.ts";
import { createRedisJobLog } from "../../../src/engines/redis/job-log.ts";
import { createRedisJobQueue } from "../../../src/engines/redis/job-queue.ts";
import { createRedisPacer } from "../../../src/engines/redis/pacer.ts";
import { createRedisRateCounter } from "../../../src/engines/redis/rate-counter.ts";
import { createRedisReportCache } from "../../../src/engines/redis/report-cache.ts";
import { describeDeadLettersContract } from "../../contracts/dead-letters.ts";
import { describeJobLogContract } from "../../contracts/job-log.ts";
import { describeJobQueueContract } from "../../contracts/job-queue.ts";
import { describePacerContract } from "../../contracts/pacer.ts";
import { describeRateCounterContract } from "../../contracts/rate-counter.ts";
import { describeReportCacheContract } from "../../contracts/report-cache.ts";
import { queuedEvent, sampleReport, storedReport } from "../../support/samples.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import { useConnections } from "./use-connections.ts";

await describeWithRedis("the contracts of the Redis engine", (server) => {
  const { open, createParts } = useConnections(server);

  function createLog() {
    const parts = createParts();
    const retentionMs = 60_000;
    const options = { ...parts, retentionMs, openTtlMs: 3_600_000 };
    const subscriber = open();
    const log = createRedisJobLog({ ...options, doorbells: createDoorbells(subscriber) });
    return { ...options, log, subscriber };
  }

  describeReportCacheContract("the Redis engine", () => {
    const parts = createParts();
    const cache = createHotReports(parts).inFrontOf(createRedisReportCache(parts));
    return Promise.resolve({ ...parts, cache });
  });

  describeJobLogContract("the Redis engine", () => Promise.resolve(createLog()));

  describeJobQueueContract("the Redis engine", () => {
    const bounds = { concurrency: 2, maxWaiting: 3, maxRuns: 3 } as const;
    const queue = createRedisJobQueue({
      redis: open(),
      access: patientAccess,
      clock: systemClock,
      prefix: randomUUID(),
      name: "reports",
      ...bounds,
      retryDelayMs: 1,
      maxRetryDelayMs: 1,
      onError: (error) => {
        throw error;
      },
    });
    return Promise.resolve({ queue, ...bounds, passRetryDelay: () => Promise.resolve() });
  });

  describeDeadLettersContract("the Redis engine", () => {
    const parts = { ...createParts(), retentionMs: 60_000 };
    return Promise.resolve({ ...parts, deadLetters: createRedisDeadLetters(parts) });
  });

  describePacerContract("the Redis engine", () => {
    const parts = createParts();
    return Promise.resolve({ ...parts, pacer: createRedisPacer(parts) });
  });

  describeRateCounterContract("the Redis engine", () => {
    const parts = createParts();
    return Promise.resolve({
      ...parts,
      counter: createRedisRateCounter({ ...parts, local: createMemoryRateCounter() }),
    });
  });

  describe("the Redis engine", () => {
    it("rings on another connection, as a watcher on another replica needs", async () => {
      const { log, ...options } = createLog();
      const other = createRedisJobLog({
        ...options,
        redis: open(),
        doorbells: createDoorbells(open()),
      });
      await log.append("a", queuedEvent);
      const rung = new Promise<void>(
        (resolve) =>
          void other.subscribe("a", resolve).then(() => log.append("a", { type: "started", run: 1 })),
      );
      await rung;
      expect((await other.read("a", 1)).map(({ type }) => type)).toEqual(["started"]);
    });

    it("rings every doorbell when its connection is back, and rings for what comes then", async () => {
      const { log, subscriber } = createLog();
      await log.append("a", queuedEvent);
      let ring = (): void => undefined;
      const nextRing = () => new Promise<void>((resolve) => (ring = resolve));
      const back = nextRing();
      await log.subscribe("a", () => ring());
      subscriber.disconnect(true);
      await back;
      const rung = nextRing();
      await log.append("a", { type: "started", run: 1 });
      await rung;
    });

    it("keeps no key without a time to live", async () => {
      const { log, redis, prefix, ...parts } = createLog();
      const cache = createRedisReportCache({ ...parts, redis });
      await cache.claim("a", "a", 1_000);
      await cache.write("b", storedReport("b"), 1_000);
      await log.append("a", queuedEvent);
      await log.append("b", queuedEvent);
      await log.append("b", { type: "completed", report: sampleReport() });
      await createRedisRateCounter({ ...parts, redis, local: createMemoryRateCounter() }).hit("a", 1, 1_000);
      const keys = await redis.keys(`{${prefix}}:*`);
      expect(keys).toHaveLength(6);
      for (const key of keys) expect([key, (await redis.pttl(key)) > 0]).toEqual([key, true]);
    });

    it("shows the worst circuit that any process has told of, until that process says otherwise or is silent", async () => {
      const parts = createParts();
      const [first, second, reader] = [1, 2, 3].map(() => createRedisPacer(parts));
      await first?.tellCircuit("a", "half-open", 60_000);
      expect(await reader?.toldCircuit("a")).toBe("half-open");
      await second?.tellCircuit("a", "open", 60_000);
      await first?.tellCircuit("a", "closed", 60_000);
      expect([await reader?.toldCircuit("a"), await reader?.toldCircuit("b")]).toEqual(["open", "closed"]);
      await second?.tellCircuit("a", "open", 0);
      expect(await reader?.toldCircuit("a")).toBe("closed");
    });

    it("goes on when Redis has forgotten its scripts", async () => {
      const { log, redis } = createLog();
      await log.append("a", queuedEvent);
      await redis.script("FLUSH");
      expect(await log.append("a", { type: "started", run: 1 })).toBe(2);
    });

    it("takes an append once that is sent again after a broken connection", async () => {
      const { log, redis } = createLog();
      await log.append("a", queuedEvent);
      // The command goes out, and the connection breaks before its answer is read.
      const appended = log.append("a", { type: "started", run: 1 });
      redis.disconnect(true);
      expect(await appended).toBe(2);
      expect((await log.read("a", 0)).map(({ type }) => type)).toEqual(["queued", "started"]);
    });
  });
});
