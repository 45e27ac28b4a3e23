import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Pacer } from "../../src/core/ports.ts";

/** A pacer under test, and a way to let time pass for it. */
export interface PacerUnderTest {
  readonly pacer: Pacer;
  readonly passTime: (ms: number) => Promise<void>;
}

/** What every pacer must do. */
export function describePacerContract(name: string, create: () => Promise<PacerUnderTest>): void {
  describe(`${name} as a pacer`, () => {
    let pacer: Pacer;
    let passTime: PacerUnderTest["passTime"];

    beforeEach(async () => {
      ({ pacer, passTime } = await create());
    });

    it("gives the first turn at once, and the others evenly spread, never more than asked for in a second", async () => {
      const waits: number[] = [];
      for (let turn = 0; turn < 11; turn += 1) waits.push(await pacer.takeTurn("a", 5));
      expect(waits[0]).toBe(0);
      const sixthInAnyWindow = waits.slice(5).map((wait, index) => wait - (waits[index] ?? 0));
      // A real clock goes on between two calls; a window has room for five turns even so.
      for (const span of sixthInAnyWindow) expect(span).toBeGreaterThan(1_000);
      expect(waits[10]).toBeLessThan(2_200);
    });

    it("gives turns apart for each provider", async () => {
      await pacer.takeTurn("a", 1);
      expect(await pacer.takeTurn("b", 1)).toBe(0);
    });

    it("gives no turns twice to many who ask at once", async () => {
      const asks = Array.from({ length: 20 }, () => pacer.takeTurn("a", 100));
      const waits = (await Promise.all(asks)).sort((a, b) => a - b);
      for (const [index, wait] of waits.slice(1).entries()) {
        expect(wait - (waits[index] ?? 0)).toBeGreaterThan(1);
      }
    });

    it("takes fractions: one turn in two seconds", async () => {
      await pacer.takeTurn("a", 0.5);
      const wait = await pacer.takeTurn("a", 0.5);
      expect(wait).toBeGreaterThan(1_900);
      expect(wait).toBeLessThan(2_200);
    });

    it("leaves no provider alone that did not ask for it", async () => {
      expect(await pacer.cooldownMs("a")).toBe(0);
    });

    it("leaves a provider alone for as long as it asked, and no other", async () => {
      await pacer.coolDown("a", 60_000);
      const left = await pacer.cooldownMs("a");
      expect(left).toBeGreaterThan(55_000);
      expect(left).toBeLessThanOrEqual(60_000);
      expect(await pacer.cooldownMs("b")).toBe(0);
      await passTime(60_001);
      expect(await pacer.cooldownMs("a")).toBe(0);
    });

    it("knows of no circuit that nobody has told of, and of none that is closed", async () => {
      await pacer.tellCircuit("a", "closed", 60_000);
      expect(await pacer.toldCircuit("a")).toBe("closed");
    });

    it("keeps the longer of two times", async () => {
      await pacer.coolDown("a", 60_000);
      await pacer.coolDown("a", 1_000);
      expect(await pacer.cooldownMs("a")).toBeGreaterThan(55_000);
    });
  });
}
