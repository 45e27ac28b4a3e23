import { beforeEach, describe, expect, it } from "@jest/globals";
import { createLocalPacer } from "../../src/core/local-pacer.ts";
import { createLimiter } from "../../src/providers/limiter.ts";
import type { Limits } from "../../src/providers/limiter.ts";
import { createDeferred } from "../support/deferred.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";

let clock: ManualClock;
beforeEach(() => {
  clock = createManualClock();
});

const create = (limits: Limits) =>
  createLimiter({ provider: "one", clock, pacer: createLocalPacer(clock), ...limits });
const never = new AbortController().signal;

describe("a limiter", () => {
  it("lets as many calls run at once as may, in their order", async () => {
    const limiter = create({ concurrency: 2 });
    const started: number[] = [];
    const ends = [1, 2, 3].map(() => createDeferred());
    const runs = ends.map((end, index) =>
      limiter.run(async () => {
        started.push(index);
        await end.promise;
      }, [never]),
    );
    await settle();
    expect(started).toEqual([0, 1]);
    ends[1]?.resolve();
    await runs[1];
    await settle();
    expect(started).toEqual([0, 1, 2]);
    for (const end of ends) end.resolve();
    await Promise.all(runs);
  });

  it("tells a call whether it had to wait", async () => {
    const limiter = create({ concurrency: 1 });
    const end = createDeferred();
    const waits: boolean[] = [];
    const note = (hasWaited: boolean): Promise<void> => {
      waits.push(hasWaited);
      return end.promise;
    };
    const runs = [limiter.run(note, [never]), limiter.run(note, [never])];
    end.resolve();
    await Promise.all(runs);
    await create({ concurrency: 1, perSecond: 1 }).run(note, [never]);
    expect(waits).toEqual([false, true, true]);
  });

  it("spreads calls over the second", async () => {
    const limiter = create({ concurrency: 10, perSecond: 2 });
    const startedMs: number[] = [];
    const begin = clock.monotonicMs();
    const runs = [1, 2, 3].map(() =>
      limiter.run(() => Promise.resolve(startedMs.push(clock.monotonicMs() - begin)), [never]),
    );
    await settle();
    // Whatever is done to the clock: set forward, it lets nobody be late.
    clock.setBack(-3_600_000);
    await clock.advance(2_000);
    await Promise.all(runs);
    expect(startedMs).toEqual([0, 525, 1_050]);
  });

  it("loses turns that were slept through, and does not take them together", async () => {
    const startedMs: number[] = [];
    const begin = clock.now();
    // As when the process is held: those who sleep wake late.
    const held = {
      ...clock,
      sleep: (ms: number, signal: AbortSignal) => clock.sleep(Math.max(ms, 5_000), signal),
    };
    const pacer = createLocalPacer(clock);
    const limiter = createLimiter({ provider: "one", clock: held, pacer, concurrency: 10, perSecond: 2 });
    const runs = [1, 2, 3].map(() =>
      limiter.run(() => Promise.resolve(startedMs.push(clock.now() - begin)), [never]),
    );
    await settle();
    await clock.advance(5_000);
    expect(startedMs.length).toBeLessThanOrEqual(2);
    held.sleep = clock.sleep;
    await clock.advance(20_000);
    await Promise.all(runs);
    const gaps = startedMs.slice(1).map((ms, index) => ms - (startedMs[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
  });

  it("makes no call that nobody wants any more, be it before its slot or before its turn", async () => {
    const limiter = create({ concurrency: 1, perSecond: 1 });
    const first = createDeferred();
    const running = limiter.run(() => first.promise, [never]);
    const stop = new AbortController();
    let calls = 0;
    const count = () => Promise.resolve((calls += 1));
    const beforeSlot = limiter.run(count, [never, stop.signal]);
    stop.abort();
    expect(await beforeSlot).toBeUndefined();
    first.resolve();
    await running;
    const late = new AbortController();
    const beforeTurn = limiter.run(count, [late.signal]);
    await settle();
    late.abort();
    expect(await beforeTurn).toBeUndefined();
    expect([calls, clock.sleepers()]).toEqual([0, 0]);
    // The slot is free again.
    const next = limiter.run(count, [never]);
    await settle();
    await clock.advance(5_000);
    expect(await next).toBe(1);
  });

  it("hands on what a call rejects with, and frees its slot", async () => {
    const limiter = create({ concurrency: 1 });
    const broken = limiter.run(() => Promise.reject(new Error("broken")), [never]);
    await expect(broken).rejects.toThrow("broken");
    expect(await limiter.run(() => Promise.resolve("fine"), [never])).toBe("fine");
  });
});
