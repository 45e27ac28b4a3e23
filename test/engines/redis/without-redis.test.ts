import { randomUUID } from "node:crypto";
import RedisMock from "ioredis-mock";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import { patientAccess } from "../../../src/engines/redis/access.ts";
import { createHotReports } from "../../../src/engines/redis/hot-reports.ts";
import { createRedisKeys } from "../../../src/engines/redis/keys.ts";
import { createRedisRateCounter } from "../../../src/engines/redis/rate-counter.ts";
import { createRedisReportCache } from "../../../src/engines/redis/report-cache.ts";
import { describeRateCounterContract } from "../../contracts/rate-counter.ts";
import { describeReportCacheContract } from "../../contracts/report-cache.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import { shortenLives } from "./pass-time.ts";

/** What the parts need; ioredis-mock runs their scripts in an interpreter of its own. */
function createParts() {
  const prefix = randomUUID();
  const redis = new RedisMock();
  const clock = createManualClock();
  return {
    redis,
    clock,
    access: patientAccess,
    reachability: { isReachable: () => true },
    keys: createRedisKeys(prefix),
    passTime: async (ms: number): Promise<void> => {
      await clock.advance(ms);
      await shortenLives(redis, prefix, ms);
    },
  };
}

describeReportCacheContract("the Redis engine on ioredis-mock", () => {
  const parts = createParts();
  const cache = createHotReports(parts).inFrontOf(createRedisReportCache(parts));
  return Promise.resolve({ ...parts, cache });
});

describeRateCounterContract("the Redis engine on ioredis-mock", () => {
  const parts = createParts();
  return Promise.resolve({
    ...parts,
    counter: createRedisRateCounter({ ...parts, local: createMemoryRateCounter() }),
  });
});
