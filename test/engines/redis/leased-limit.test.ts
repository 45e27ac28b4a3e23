import { beforeEach, describe, expect, it } from "@jest/globals";
import type { RateCount } from "../../../src/core/ports.ts";
import { createLeasedLimit } from "../../../src/engines/redis/leased-limit.ts";
import type { LeasedLimit, Tally } from "../../../src/engines/redis/leased-limit.ts";
import { createDeferred } from "../../support/deferred.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import type { ManualClock } from "../../support/manual-clock.ts";

const WINDOW_MS = 60_000;

let clock: ManualClock;
let isReachable: boolean;
/** Each question to what all processes share, by how many hits it counted. */
let questions: number[];
let windows: Map<string, { counted: number; endsAtMs: number }>;
/** Ends as the next question may be answered. */
let open: Promise<void>;

beforeEach(() => {
  clock = createManualClock();
  isReachable = true;
  questions = [];
  windows = new Map();
  open = Promise.resolve();
});

async function count(key: string, hits: number): Promise<Tally> {
  questions.push(hits);
  const known = windows.get(key);
  const isOn = known !== undefined && clock.now() < known.endsAtMs;
  const window = isOn ? known : { counted: 0, endsAtMs: clock.now() + WINDOW_MS };
  window.counted += hits;
  windows.set(key, window);
  const tally = { counted: window.counted, resetMs: window.endsAtMs - clock.now() };
  await open;
  return tally;
}

/** The limit as one process counts it. */
function createReplica(max: number, maxKeys?: number): LeasedLimit {
  const isThere = (): boolean => isReachable;
  const bound = maxKeys === undefined ? {} : { maxKeys };
  return createLeasedLimit({ max, count, isReachable: isThere, nowMs: clock.now, ...bound });
}

async function hitInTurn(replica: LeasedLimit, times: number, key = "a"): Promise<readonly RateCount[]> {
  const counts: RateCount[] = [];
  for (let hit = 0; hit < times; hit += 1) counts.push(await replica.hit(key));
  return counts;
}

/** How many of so many hits were let through. */
async function countWithin(replica: LeasedLimit, times: number): Promise<number> {
  return (await hitInTurn(replica, times)).filter(({ isWithin }) => isWithin).length;
}

describe("a leased limit", () => {
  it.each([
    [10_000, 85],
    [1_000, 65],
    [100, 40],
    [50, 30],
  ])("of %i lets exactly as many through, with few questions: %i", async (max, most) => {
    const replica = createReplica(max);
    expect(await countWithin(replica, max)).toBe(max);
    expect(questions.length).toBeLessThanOrEqual(most);
    expect(await countWithin(replica, max)).toBe(0);
  });

  it("of less than 50 is counted hit by hit", async () => {
    await hitInTurn(createReplica(49), 49);
    expect(questions).toEqual(Array.from({ length: 49 }, () => 1));
  });

  it("asks nothing about a key whose budget is used up, until its window ends", async () => {
    const replica = createReplica(3);
    await hitInTurn(replica, 3);
    const refused = await hitInTurn(replica, 1_000);
    expect(refused).toEqual(refused.map(() => ({ isWithin: false, remaining: 0, resetMs: WINDOW_MS })));
    expect(questions).toEqual([1, 1, 1]);
    await clock.advance(WINDOW_MS);
    expect(await replica.hit("a")).toEqual({ isWithin: true, remaining: 2, resetMs: WINDOW_MS });
  });

  it("tells one process exactly what is left, and for how long", async () => {
    const replica = createReplica(200);
    for (let hit = 1; hit <= 250; hit += 1) {
      expect(await replica.hit("a")).toMatchObject({
        remaining: Math.max(0, 200 - hit),
        isWithin: hit <= 200,
      });
    }
    await clock.advance(20_000);
    expect(await replica.hit("a")).toMatchObject({ resetMs: 40_000 });
  });

  it("takes nothing in advance for whoever comes once", async () => {
    const replica = createReplica(10_000);
    for (let key = 0; key < 100; key += 1) await replica.hit(`key-${key}`);
    expect(questions).toEqual(Array.from({ length: 100 }, () => 1));
  });

  it("holds never more than 2 % of a limit, a fifth of what is left of it, and what it has given", async () => {
    const replica = createReplica(1_000);
    for (let given = 1; given <= 1_000; given += 1) {
      const before = windows.get("a")?.counted ?? 0;
      await replica.hit("a");
      const counted = windows.get("a")?.counted ?? 0;
      if (counted === before) continue;
      expect(counted - given).toBe(Math.min(20, Math.round((1_000 - before) / 5), given - 1));
    }
  });

  it("holds as little as its part in what all have taken", async () => {
    const [here, there] = [createReplica(1_000), createReplica(1_000)];
    await hitInTurn(here, 300);
    questions = [];
    await hitInTurn(there, 30);
    expect(Math.max(...questions)).toBe(3);
  });

  it.each([2, 10, 30])("refuses nobody too early when calls come to %i processes in turn", async (many) => {
    const replicas = Array.from({ length: many }, () => createReplica(1_000));
    const within: boolean[] = [];
    for (let turn = 0; turn * many < 1_000; turn += 1) {
      for (const replica of replicas) within.push((await replica.hit("a")).isWithin);
    }
    expect(within.slice(0, 990)).not.toContain(false);
    expect(questions.length).toBeLessThan(600);
  });

  it("ends a lease with its window", async () => {
    const [here, there] = [createReplica(100), createReplica(100)];
    await hitInTurn(here, 4);
    expect(windows.get("a")?.counted).toBeGreaterThan(4);
    await clock.advance(WINDOW_MS);
    const within = (await countWithin(there, 200)) + (await countWithin(here, 200));
    expect(within).toBe(100);
  });

  it("counts its window from the question on, so that it ends no later than that of all", async () => {
    const [here, there] = [createReplica(100), createReplica(100)];
    await hitInTurn(here, 1);
    const answer = createDeferred();
    open = answer.promise;
    const slow = here.hit("a");
    await clock.advance(10_000);
    answer.resolve();
    await slow;
    await clock.advance(WINDOW_MS - 10_000);
    expect((await countWithin(there, 200)) + (await countWithin(here, 200))).toBe(100);
  });

  it("forgets the key that was not seen for longest when there are too many", async () => {
    const replica = createReplica(1, 2);
    await hitInTurn(replica, 1, "a");
    for (const key of ["b", "c", "b", "c", "a"]) await replica.hit(key);
    expect(questions).toHaveLength(4);
    expect((await replica.hit("a")).isWithin).toBe(false);
  });
});

describe("hits at once", () => {
  it("wait for one question, and those that come meanwhile for one more", async () => {
    const replica = createReplica(1_000);
    const counts = await Promise.all(Array.from({ length: 500 }, () => replica.hit("a")));
    expect(counts.filter(({ isWithin }) => isWithin)).toHaveLength(500);
    expect(questions).toHaveLength(2);
  });

  it("are answered in their order, and exactly as many as may be", async () => {
    const replica = createReplica(30);
    const counts = await Promise.all(Array.from({ length: 100 }, () => replica.hit("a")));
    expect(counts.map(({ isWithin }) => isWithin)).toEqual(counts.map((_, index) => index < 30));
    expect(questions).toHaveLength(2);
  });

  it("all hear of a failure at once, also those that came while it was waited for", async () => {
    const failure = createDeferred();
    open = failure.promise.then(() => Promise.reject(new Error("away")));
    const replica = createReplica(30);
    const hits = Promise.allSettled(Array.from({ length: 3 }, () => replica.hit("a")));
    failure.resolve();
    expect((await hits).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(questions).toEqual([1]);
    open = Promise.resolve();
    expect((await replica.hit("a")).isWithin).toBe(true);
  });

  it("are answered when the answer takes longer than the window", async () => {
    const answer = createDeferred();
    open = answer.promise;
    const hit = createReplica(30).hit("a");
    await clock.advance(WINDOW_MS + 1);
    answer.resolve();
    expect(await hit).toMatchObject({ isWithin: true, resetMs: 0 });
  });
});

describe("while what is shared is away", () => {
  it("nothing is answered from here, so that each process may count for itself", async () => {
    const replica = createReplica(1);
    await hitInTurn(replica, 2);
    isReachable = false;
    open = Promise.reject(new Error("away"));
    await expect(replica.hit("a")).rejects.toThrow("away");
    isReachable = true;
    expect((await replica.hit("a")).isWithin).toBe(false);
  });
});
