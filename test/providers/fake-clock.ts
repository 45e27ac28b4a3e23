import type { Clock } from "../../src/core/ports.ts";

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** How many sleep. 0 once all is done, else something leaks a timer. */
  readonly sleeping: number;
  advance(ms: number): void;
}

const START_MS = Date.UTC(2026, 0, 1);

export function createFakeClock(): FakeClock {
  let nowMs = START_MS;
  const sleepers = new Set<{ readonly dueMs: number; readonly wake: () => void }>();
  return {
    now: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { dueMs: nowMs + ms, wake };
        sleepers.add(sleeper);
        signal.addEventListener("abort", wake, { once: true });
      }),
    get sleeping() {
      return sleepers.size;
    },
    advance(ms) {
      nowMs += ms;
      for (const { dueMs, wake } of sleepers) if (dueMs <= nowMs) wake();
    },
  };
}
