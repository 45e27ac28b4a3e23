import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { RequestError } from "../../../src/core/errors.ts";
import type { RateCounter } from "../../../src/core/ports.ts";
import { createMemoryRateCounter } from "../../../src/engines/memory/rate-counter.ts";
import type { RedisAccess } from "../../../src/engines/redis/access.ts";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";
import { createRedisRateCounter } from "../../../src/engines/redis/rate-counter.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import { useConnections } from "./use-connections.ts";

const WINDOW_MS = 60_000;
/** What an address and a user may do by default. */
const DEFAULT_LIMITS = [100, 50] as const;

/** Hits that one of the processes gets, in turn or all at once. */
interface Turn {
  readonly replica: number;
  readonly hits: number;
  readonly areAtOnce: boolean;
}

await describeWithRedis("the Redis of rate counters", (server) => {
  const { open, createParts } = useConnections(server);
  let parts: ReturnType<typeof createParts>;
  let trips: number;
  let isAway: boolean;
  /** By how much the clock of this machine was set wrong. */
  let skewMs: number;
  const counters: RateCounter[] = [];

  beforeEach(() => {
    parts = createParts();
    trips = 0;
    isAway = false;
    skewMs = 0;
  });
  afterEach(async () => {
    await Promise.all(counters.splice(0).map((counter) => counter.close()));
  });

  const access: RedisAccess = (call) => {
    if (isAway) return Promise.reject(new RequestError("unavailable", "away"));
    trips += 1;
    return call();
  };

  /** The counter of one of the processes. */
  function createReplica(redis = parts.redis): RateCounter {
    const local = createMemoryRateCounter();
    const reachability = { isReachable: () => !isAway };
    const clock = { ...parts.clock, now: () => parts.clock.now() + skewMs };
    const counter = createRedisRateCounter({ ...parts, redis, clock, access, reachability, local });
    counters.push(counter);
    return counter;
  }

  async function hitInTurn(counter: RateCounter, key: string, max: number, times: number): Promise<number> {
    let within = 0;
    for (let hit = 0; hit < times; hit += 1) {
      if ((await counter.hit(key, max, WINDOW_MS)).isWithin) within += 1;
    }
    return within;
  }

  /** Hits until one is refused, so that nothing is left here. */
  async function useUp(counter: RateCounter, key: string, max: number): Promise<number> {
    for (let within = 0; ; within += 1) {
      if (!(await counter.hit(key, max, WINDOW_MS)).isWithin) return within;
    }
  }

  describe("counting hits in Redis", () => {
    it("takes less than a tenth of a round trip for each of 1,000 hits, and none for those refused", async () => {
      const counter = createReplica();
      expect(await hitInTurn(counter, "a", 1_000, 1_000)).toBe(1_000);
      expect(trips).toBeLessThan(100);
      trips = 0;
      expect(await hitInTurn(counter, "a", 1_000, 1_000)).toBe(0);
      expect(trips).toBe(0);
    });

    it("takes about half of the round trips with the limits that are the default", async () => {
      const counter = createReplica();
      for (const max of DEFAULT_LIMITS) expect(await hitInTurn(counter, "a", max, max)).toBe(max);
      expect(trips).toBeLessThanOrEqual(75);
    });

    it("takes one for many hits at once, and one for those that come meanwhile", async () => {
      const counter = createReplica();
      await Promise.all(Array.from({ length: 100 }, () => counter.hit("a", 1_000, WINDOW_MS)));
      expect(trips).toBe(2);
    });

    it("lets two processes together do as much as one, in each window", async () => {
      const [here, there] = [createReplica(), createReplica(open())];
      for (let window = 0; window < 3; window += 1) {
        let within = 0;
        for (let turn = 0; turn < 60; turn += 1) {
          within += await hitInTurn(here, "a", 500, 3);
          within += await hitInTurn(there, "a", 500, 7);
        }
        expect(within).toBe(500);
        await parts.passTime(WINDOW_MS);
      }
    });

    it("refuses nobody for longer when the clock is set back", async () => {
      const counter = createReplica();
      expect(await hitInTurn(counter, "a", 5, 7)).toBe(5);
      skewMs = -3_600_000;
      expect(await hitInTurn(counter, "a", 5, 7)).toBe(0);
      await parts.passTime(WINDOW_MS);
      expect(await hitInTurn(counter, "a", 5, 7)).toBe(5);
    });

    it("counts a key that all have used up for this process alone while Redis is away", async () => {
      const counter = createReplica();
      expect(await hitInTurn(counter, "a", 5, 7)).toBe(5);
      isAway = true;
      expect(await hitInTurn(counter, "a", 5, 7)).toBe(5);
      isAway = false;
      expect(await hitInTurn(counter, "a", 5, 7)).toBe(0);
    });
  });

  describe("whatever comes to up to three processes", () => {
    const RUNS = { numRuns: 30 };
    const TIMEOUT_MS = 20_000;
    const turns: fc.Arbitrary<readonly Turn[]> = fc.array(
      fc.record({
        replica: fc.nat({ max: 2 }),
        hits: fc.integer({ min: 1, max: 40 }),
        areAtOnce: fc.boolean(),
      }),
      { maxLength: 20 },
    );
    const limits = fc.integer({ min: 1, max: 300 });
    let runs = 0;
    let others: readonly RedisClient[];

    beforeEach(() => {
      others = [open(), open()];
    });

    /** Plays the turns with new counters, and answers with how many hits were let through. */
    async function play(max: number, played: readonly Turn[]) {
      const replicas = [createReplica(), ...others.map(createReplica)];
      const key = `run-${(runs += 1)}`;
      let within = 0;
      for (const { replica, hits, areAtOnce } of played) {
        const counter = replicas[replica] as RateCounter;
        const shares = areAtOnce ? Array.from({ length: hits }, () => 1) : [hits];
        for (const share of await Promise.all(shares.map((times) => hitInTurn(counter, key, max, times))))
          within += share;
      }
      return { replicas, key, within };
    }

    it(
      "they never let more through than may be, and all of it when all of them are asked",
      async () => {
        await fc.assert(
          fc.asyncProperty(limits, turns, async (max, played) => {
            const { replicas, key, within } = await play(max, played);
            expect(within).toBeLessThanOrEqual(max);
            const rest = await Promise.all(replicas.map((replica) => useUp(replica, key, max)));
            expect(rest.reduce((sum, share) => sum + share, within)).toBe(max);
          }),
          RUNS,
        );
      },
      TIMEOUT_MS,
    );

    it(
      "they let 95 % through when only one of them is still asked",
      async () => {
        await fc.assert(
          fc.asyncProperty(limits, turns, async (max, played) => {
            const { replicas, key, within } = await play(max, played);
            const total = within + (await useUp(replicas[0] as RateCounter, key, max));
            expect(total).toBeLessThanOrEqual(max);
            expect(total).toBeGreaterThanOrEqual(0.95 * max);
          }),
          RUNS,
        );
      },
      TIMEOUT_MS,
    );
  });
});
