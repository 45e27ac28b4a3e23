import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createEnqueueReport } from "../../../src/core/enqueue-report.ts";
import type { Enqueued } from "../../../src/core/enqueue-report.ts";
import { fingerprint } from "../../../src/core/fingerprint.ts";
import type { Clock, Engine } from "../../../src/core/ports.ts";
import { systemClock } from "../../../src/core/system-clock.ts";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { connect, disconnect } from "../../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";
import { createRedisEngine } from "../../../src/engines/redis/index.ts";
import { REPORT_TTL_MS, STALE_AFTER_MS } from "../../support/core.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import { sampleFallback, sampleReport, sampleRequest, storedReport } from "../../support/samples.ts";
import { createCapturedLogger } from "../../worker/captured-logger.ts";

const LIFETIME_MS = 1_000;
const request = sampleRequest();
const key = fingerprint(request, "1");

await describeWithRedis(
  "two engines on one Redis",
  ({ url }) => {
    let engines: readonly [Engine, Engine];
    let redis: RedisClient;
    let nowMs: number;
    /** Time stands still for reports, and goes on for whoever looks after connections. */
    const clock: Clock = { now: () => nowMs, monotonicMs: () => nowMs, sleep: systemClock.sleep };

    function start(keyPrefix: string): Engine {
      const { logger } = createCapturedLogger();
      return createRedisEngine({
        ...{
          clock,
          logger,
          url,
          keyPrefix,
          queueName: "reports",
          localRateCounter: createMemoryRateCounter(),
        },
        ...{ concurrency: 1, maxWaiting: 10, maxRuns: 1, retentionMs: 60_000 },
        ...{ retryDelayMs: 1, maxRetryDelayMs: 1 },
      });
    }

    beforeEach(() => {
      nowMs = Date.now();
      const prefix = randomUUID();
      engines = [start(prefix), start(prefix)];
      redis = connect(url);
    });
    afterEach(async () => {
      await Promise.all(engines.map((engine) => engine.close()));
      await disconnect(redis, 1_000);
    });

    function enqueueOn(engine: Engine): () => Promise<Enqueued> {
      const enqueueReport = createEnqueueReport({
        ...engine,
        clock,
        createJobId: randomUUID,
        freshness: { staleAfterMs: STALE_AFTER_MS, staleWhileRevalidate: true },
        claimTtlMs: REPORT_TTL_MS,
      });
      return () => enqueueReport({ request, fingerprint: key });
    }

    const stored = (jobId: string, title: string) => storedReport(jobId, sampleReport({ title }), nowMs);

    /** How often Redis was asked for a report, or ran a script. */
    async function countCommands(): Promise<number> {
      const stats = await redis.info("commandstats");
      const calls = [...stats.matchAll(/^cmdstat_(?:mget|get|evalsha|eval):calls=(\d+)/gm)];
      return calls.reduce((sum, [, count]) => sum + Number(count), 0);
    }

    describe("a hot report", () => {
      it("is answered to a thousand requests without a word to Redis", async () => {
        const [engine] = engines;
        await engine.worker.cache.write(key, stored("first", "The first"), REPORT_TTL_MS);
        const enqueue = enqueueOn(engine);
        await enqueue();
        const before = await countCommands();
        for (let call = 0; call < 1_000; call += 1) {
          expect(await enqueue()).toMatchObject({ status: "completed", stale: false });
        }
        expect(await countCommands()).toBe(before);
      });

      it("shows what one process writes there at once, and in the other within two seconds", async () => {
        const [here, there] = engines;
        const titles = () =>
          Promise.all([here, there].map(async ({ cache }) => (await cache.read(key)).stored?.report.title));
        await here.worker.cache.write(key, stored("first", "The first"), REPORT_TTL_MS);
        expect(await titles()).toEqual(["The first", "The first"]);
        await here.worker.cache.write(key, stored("second", "The second"), REPORT_TTL_MS);
        expect(await titles()).toEqual(["The second", "The first"]);
        nowMs += LIFETIME_MS + 1;
        expect(await titles()).toEqual(["The second", "The second"]);
      });
    });

    describe("a report that is not fresh", () => {
      it.each([
        ["a stale one", storedReport("first", sampleReport(), 0)],
        ["a fallback", storedReport("first", sampleFallback(), 0)],
      ])("begins one refresh, whichever of the processes is asked: %s", async (_, old) => {
        const [here, there] = engines;
        await here.worker.cache.write(key, old, REPORT_TTL_MS);
        await Promise.all(engines.map(({ cache }) => cache.read(key)));
        const answers: Enqueued[] = [];
        for (const engine of [here, there, here]) answers.push(await enqueueOn(engine)());
        expect(answers[0]).toMatchObject({ status: "completed", report: old.report, stale: true });
        expect(answers[0]).toHaveProperty("jobId");
        expect(answers).toEqual(answers.map(() => answers[0]));
        expect(await here.queue.counts()).toEqual({ waiting: 1, active: 0 });
      });
    });
  },
  { own: true },
);
