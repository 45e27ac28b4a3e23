import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createReachability } from "../../../src/engines/redis/reachability.ts";
import type { RedisReachability } from "../../../src/engines/redis/reachability.ts";
import { createManualClock, settle } from "../../support/manual-clock.ts";
import type { ManualClock } from "../../support/manual-clock.ts";
import { createFakeClient } from "./fake-client.ts";
import type { FakeClient } from "./fake-client.ts";

const PROBE_MS = 1_000;

let clock: ManualClock;
let commands: FakeClient;
let doorbells: FakeClient;
let reachability: RedisReachability;
let news: boolean[];

beforeEach(() => {
  clock = createManualClock();
  commands = createFakeClient();
  doorbells = createFakeClient();
  reachability = createReachability({ clients: [commands.client, doorbells.client], key: "a", clock });
  news = [];
  reachability.onChange((isReachable) => news.push(isReachable));
});
afterEach(() => reachability.close());

async function goUp(): Promise<void> {
  commands.connect();
  doorbells.connect();
  await settle();
  expect(news).toEqual([true]);
}

/** What a promise has come to so far. */
async function outcomeOf(promise: Promise<boolean>): Promise<boolean | "pending"> {
  await settle();
  return Promise.race([promise, Promise.resolve("pending" as const)]);
}

describe("the reachability of Redis at the start", () => {
  it("is known as soon as every connection has answered", async () => {
    const checked = reachability.check();
    commands.connect();
    expect(await outcomeOf(checked)).toBe("pending");
    expect(reachability.isReachable()).toBe(false);
    doorbells.connect();
    expect(await outcomeOf(checked)).toBe(true);
    expect(reachability.isReachable()).toBe(true);
    expect(news).toEqual([true]);
  });

  it("is given up when no connection comes about within a second", async () => {
    const checked = reachability.check();
    await clock.advance(PROBE_MS - 1);
    expect(await outcomeOf(checked)).toBe("pending");
    await clock.advance(1);
    expect(await outcomeOf(checked)).toBe(false);
    expect(news).toEqual([false]);
  });

  it("is given up when connections come about and nothing answers within a second", async () => {
    const checked = reachability.check();
    commands.setSilent(true);
    commands.connect();
    doorbells.connect();
    expect(await outcomeOf(checked)).toBe("pending");
    await clock.advance(PROBE_MS);
    expect(await outcomeOf(checked)).toBe(false);
    expect(news).toEqual([false]);
  });

  it("is told to whoever asks when everything is closed before it is known", async () => {
    const checked = reachability.check();
    reachability.close();
    expect(await outcomeOf(checked)).toBe(false);
  });
});

describe("the reachability of Redis", () => {
  beforeEach(goUp);

  it("ends at once with any of the connections, and is told once, however often they are lost", async () => {
    doorbells.lose();
    expect(reachability.isReachable()).toBe(false);
    expect(await reachability.check()).toBe(false);
    for (let count = 0; count < 5; count += 1) {
      commands.lose();
      doorbells.lose();
      await clock.advance(PROBE_MS);
    }
    expect(news).toEqual([true, false]);
  });

  it("ends within two seconds of silence on any of the connections, and is told once", async () => {
    doorbells.setSilent(true);
    await clock.advance(2 * PROBE_MS - 1);
    expect(reachability.isReachable()).toBe(true);
    await clock.advance(1);
    expect(reachability.isReachable()).toBe(false);
    await clock.advance(10 * PROBE_MS);
    expect(news).toEqual([true, false]);
  });

  it("comes back at once when the last connection is made anew, and is told once", async () => {
    commands.lose();
    doorbells.lose();
    await clock.advance(5 * PROBE_MS);
    commands.connect();
    await settle();
    expect(reachability.isReachable()).toBe(false);
    doorbells.connect();
    await settle();
    expect(reachability.isReachable()).toBe(true);
    await clock.advance(5 * PROBE_MS);
    expect(news).toEqual([true, false, true]);
  });

  it("comes back with the next probe when a silent Redis answers again", async () => {
    commands.setSilent(true);
    await clock.advance(10 * PROBE_MS);
    commands.setSilent(false);
    await clock.advance(2 * PROBE_MS);
    expect(news).toEqual([true, false, true]);
  });

  it("does not come back with an answer that was late", async () => {
    commands.setSilent(true);
    await clock.advance(2 * PROBE_MS);
    commands.unanswered.forEach(({ resolve }) => resolve());
    await settle();
    expect(reachability.isReachable()).toBe(false);
  });

  it("does not come back with the answer of one connection when the other was lost meanwhile", async () => {
    doorbells.setSilent(true);
    await clock.advance(PROBE_MS);
    commands.lose();
    doorbells.unanswered.forEach(({ resolve }) => resolve());
    await settle();
    expect(reachability.isReachable()).toBe(false);
    expect(news).toEqual([true, false]);
  });

  it("is looked for again at once when a connection was made anew while a probe got no answer", async () => {
    doorbells.setSilent(true);
    await clock.advance(PROBE_MS);
    commands.lose();
    commands.connect();
    doorbells.setSilent(false);
    await clock.advance(PROBE_MS);
    expect(reachability.isReachable()).toBe(true);
    expect(news).toEqual([true, false, true]);
  });

  it("asks nothing of a connection that is down, where the questions would pile up", async () => {
    commands.lose();
    const pings = [commands.pings(), doorbells.pings()];
    await clock.advance(60 * PROBE_MS);
    expect([commands.pings(), doorbells.pings()]).toEqual(pings);
  });

  it("asks a silent Redis no more than once in two seconds", async () => {
    commands.setSilent(true);
    await clock.advance(20 * PROBE_MS);
    expect(commands.unanswered.length).toBeLessThanOrEqual(10);
  });

  it("outlasts a time in which this process was held up", async () => {
    commands.setSilent(true);
    await clock.advance(PROBE_MS);
    expect(commands.unanswered).toHaveLength(1);
    // The timers come first, and then what has long been there to read.
    setImmediate(() => commands.unanswered.forEach(({ resolve }) => resolve()));
    clock.holdUp(10 * PROBE_MS);
    await settle();
    await settle();
    commands.setSilent(false);
    await clock.advance(10 * PROBE_MS);
    expect(news).toEqual([true]);
  });

  it("is told to nobody who has left", async () => {
    const told: boolean[] = [];
    const leave = reachability.onChange((isReachable) => told.push(isReachable));
    leave();
    commands.lose();
    await settle();
    expect(told).toEqual([]);
  });

  it("leaves no timer and no listener behind, and tells nobody of its own end", async () => {
    reachability.close();
    await settle();
    expect(clock.sleepers()).toBe(0);
    expect([commands.listeners(), doorbells.listeners()]).toEqual([0, 0]);
    expect(news).toEqual([true]);
    expect(await reachability.check()).toBe(false);
  });
});
