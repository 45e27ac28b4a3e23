import type { Clock, Pacer } from "./ports.ts";

/**
 * Turns are taken a little further apart than the rate asks for: calls don't start to the millisecond, and a provider
 * counts them in windows of its own.
 */
const SLACK = 1.05;

/** Time between two turns. */
export function toTurnMs(perSecond: number): number {
  return (1_000 / perSecond) * SLACK;
}

/** Paces the calls of this process alone. */
export function createLocalPacer(clock: Pick<Clock, "monotonicMs">): Pacer {
  const nextTurnMs = new Map<string, number>();
  const leftAloneUntilMs = new Map<string, number>();
  return {
    takeTurn: (provider, perSecond) => {
      const nowMs = clock.monotonicMs();
      const turnMs = Math.max(nowMs, nextTurnMs.get(provider) ?? 0);
      nextTurnMs.set(provider, turnMs + toTurnMs(perSecond));
      return Promise.resolve(turnMs - nowMs);
    },
    coolDown: (provider, ms) => {
      leftAloneUntilMs.set(provider, Math.max(leftAloneUntilMs.get(provider) ?? 0, clock.monotonicMs() + ms));
      return Promise.resolve();
    },
    // There is nobody else to tell.
    tellCircuit: () => Promise.resolve(),
    toldCircuit: () => Promise.resolve("closed"),
    cooldownMs: (provider) =>
      Promise.resolve(Math.max(0, (leftAloneUntilMs.get(provider) ?? 0) - clock.monotonicMs())),
  };
}
