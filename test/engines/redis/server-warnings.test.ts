import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "../../../src/core/system-clock.ts";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { connect, disconnect } from "../../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";
import { createRedisEngine } from "../../../src/engines/redis/index.ts";
import { findServerWarnings } from "../../../src/engines/redis/server-warnings.ts";
import { createDeferred } from "../../support/deferred.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import type { RedisServer } from "../../support/redis-server.ts";
import { createCapturedLogger } from "../../worker/captured-logger.ts";

const EVICTS =
  "Redis may evict jobs and reports: its maxmemory-policy is allkeys-lru, and should be noeviction";
const SNAPSHOTS_ONLY =
  "Redis keeps snapshots only: a crash loses what came after the last one; turn on appendonly";
const KEEPS_NOTHING = "Redis keeps nothing on disk: jobs and reports end with it; turn on appendonly";

await describeWithRedis("the warnings of a Redis that is set up badly", describeWarnings, { own: true });

function describeWarnings(server: RedisServer): void {
  let redis: RedisClient;

  async function setUp(settings: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(settings)) await redis.config("SET", name, value);
  }

  beforeEach(() => {
    redis = connect(server.url);
  });
  afterEach(async () => {
    await disconnect(redis, 1_000);
    // So it is set up again as it was. It would not end itself while it writes its first append-only file.
    await server.kill();
    await server.restart();
  });

  describe("the warnings of a server", () => {
    it.each([
      ["none that is well set up", {}, []],
      ["one that evicts keys of eviction", { "maxmemory-policy": "allkeys-lru" }, [EVICTS]],
      ["one that only writes snapshots of that", { appendonly: "no", save: "3600 1" }, [SNAPSHOTS_ONLY]],
      ["one that writes nothing of that", { appendonly: "no" }, [KEEPS_NOTHING]],
      [
        "one that does both of both",
        { appendonly: "no", "maxmemory-policy": "allkeys-lru" },
        [EVICTS, KEEPS_NOTHING],
      ],
    ])("accuse %s", async (_, settings, warnings) => {
      await setUp(settings);
      expect(await findServerWarnings(redis)).toEqual(warnings);
    });

    it("leave out what a managed server does not tell", async () => {
      await setUp({ appendonly: "no" });
      await redis.call("ACL", "SETUSER", "default", "-config");
      expect(await findServerWarnings(redis)).toEqual([SNAPSHOTS_ONLY]);
    });
  });

  describe("the Redis engine", () => {
    /** An engine, and what it logs above level info. */
    function start() {
      const { logger, lines } = createCapturedLogger();
      const engine = createRedisEngine({
        ...{ clock: systemClock, logger, url: server.url, keyPrefix: randomUUID(), queueName: "reports" },
        ...{ concurrency: 1, maxWaiting: 10, maxRuns: 1, retentionMs: 60_000 },
        ...{ retryDelayMs: 1, maxRetryDelayMs: 1, localRateCounter: createMemoryRateCounter() },
      });
      const warnings = () => lines.filter(({ level }) => level === "warn").map(({ msg }) => msg);
      return { engine, warnings };
    }

    it("gives each warning once at its start, and not again when its connections are made anew", async () => {
      await setUp({ "maxmemory-policy": "allkeys-lru", appendonly: "no" });
      const { engine, warnings } = start();
      await engine.queue.counts();
      const back = createDeferred();
      engine.reachability.onChange((isReachable) => isReachable && back.resolve());
      await redis.client("KILL", "TYPE", "normal", "SKIPME", "yes");
      await back.promise;
      // An answer that was asked for later than a second look at the server would have been.
      await engine.queue.counts();
      await engine.close();
      expect(warnings()).toEqual([EVICTS, KEEPS_NOTHING]);
    });

    it("has nothing to say of a server that is well set up", async () => {
      const { engine, warnings } = start();
      await engine.queue.counts();
      await engine.close();
      expect(warnings()).toEqual([]);
    });
  });
}
