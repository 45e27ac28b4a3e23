import { randomInt } from "node:crypto";

/** Numbers that look random, and are the same each time for the same seed. */
export interface Random {
  readonly seed: number;
  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number;
}

/** With the seed in `CRASH_SEED`, or any. */
export function createRandom(): Random {
  const { CRASH_SEED } = process.env;
  const seed = CRASH_SEED ? Number(CRASH_SEED) : randomInt(2 ** 32);
  let state = seed;
  /** Mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, between: (from, to) => from + Math.floor(next() * (to - from + 1)) };
}
