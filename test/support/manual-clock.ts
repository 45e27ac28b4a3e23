import type { Clock } from "../../src/core/ports.ts";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the time on and ends every sleep that is then over, in the order of their ends. */
  advance(ms: number): Promise<void>;
  /** Lets the time pass in one go, as for a process that is held up: what sleeps meanwhile wakes late, all at once. */
  holdUp(ms: number): void;
  /** What an operator does to a clock: no time passes. */
  setBack(ms: number): void;
  /** How many sleeps have neither ended nor been aborted. */
  sleepers(): number;
  /** Waits for somebody to sleep. */
  slept(): Promise<void>;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

export function createManualClock(startMs = Date.parse("2026-01-01T00:00:00Z")): ManualClock {
  // As of a process that has just started: what reads it finds no 0.
  let nowMs = 100;
  let setMs = startMs - nowMs;
  const sleepers = new Set<Sleeper>();
  let tellOfSleep = (): void => undefined;
  return {
    now: () => setMs + nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper: Sleeper = {
          untilMs: nowMs + ms,
          wake: () => {
            sleepers.delete(sleeper);
            signal.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        if (signal.aborted) {
          resolve();
          return;
        }
        sleepers.add(sleeper);
        tellOfSleep();
        signal.addEventListener("abort", sleeper.wake, { once: true });
      }),
    advance: async (ms) => {
      const endMs = nowMs + ms;
      for (;;) {
        const [next] = [...sleepers]
          .filter(({ untilMs }) => untilMs <= endMs)
          .sort((a, b) => a.untilMs - b.untilMs);
        if (next === undefined) break;
        nowMs = next.untilMs;
        next.wake();
        await settle();
      }
      nowMs = endMs;
      await settle();
    },
    holdUp: (ms) => {
      nowMs += ms;
      for (const { untilMs, wake } of [...sleepers]) if (untilMs <= nowMs) wake();
    },
    setBack: (ms) => {
      setMs -= ms;
    },
    sleepers: () => sleepers.size,
    slept: async () => {
      if (sleepers.size === 0) await new Promise<void>((resolve) => (tellOfSleep = resolve));
    },
  };
}

/** Lets everything run that needs no time to pass. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
