import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { RateCounter } from "../../src/core/ports.ts";

/** A counter under test, and a way to let time pass for it. */
export interface RateCounterUnderTest {
  readonly counter: RateCounter;
  readonly passTime: (ms: number) => Promise<void>;
}

const WINDOW_MS = 60_000;

/** What every rate counter must do. */
export function describeRateCounterContract(name: string, create: () => Promise<RateCounterUnderTest>): void {
  describe(`${name} as a rate counter`, () => {
    let counter: RateCounter;
    let passTime: RateCounterUnderTest["passTime"];

    beforeEach(async () => {
      ({ counter, passTime } = await create());
    });
    afterEach(() => counter.close());

    it("lets as many hits through as may be, and no more", async () => {
      const counts = [];
      for (let hit = 0; hit < 4; hit += 1) counts.push(await counter.hit("a", 3, WINDOW_MS));
      expect(counts.map(({ isWithin }) => isWithin)).toEqual([true, true, true, false]);
      expect(counts.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0]);
    });

    it("lets exactly as many of many hits at once through", async () => {
      const hits = Array.from({ length: 100 }, () => counter.hit("a", 30, WINDOW_MS));
      const counts = await Promise.all(hits);
      expect(counts.filter(({ isWithin }) => isWithin)).toHaveLength(30);
    });

    it("counts each key, and each limit, apart", async () => {
      await counter.hit("a", 1, WINDOW_MS);
      expect((await counter.hit("b", 1, WINDOW_MS)).isWithin).toBe(true);
      expect((await counter.hit("a", 2, WINDOW_MS)).isWithin).toBe(true);
      expect((await counter.hit("a", 1, WINDOW_MS)).isWithin).toBe(false);
    });

    it("tells how long the window lasts, and begins a new one after it", async () => {
      await counter.hit("a", 1, WINDOW_MS);
      await passTime(20_000);
      const { isWithin, resetMs } = await counter.hit("a", 1, WINDOW_MS);
      expect(isWithin).toBe(false);
      expect(resetMs).toBeGreaterThan(30_000);
      expect(resetMs).toBeLessThanOrEqual(40_000);
      await passTime(40_001);
      expect((await counter.hit("a", 1, WINDOW_MS)).isWithin).toBe(true);
    });

    it("takes a window of less than a second as one of a second", async () => {
      const { resetMs } = await counter.hit("a", 1, 1);
      expect(resetMs).toBeGreaterThan(0);
      expect(resetMs).toBeLessThanOrEqual(1_000);
    });
  });
}
