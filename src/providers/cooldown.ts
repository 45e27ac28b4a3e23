import type { Clock } from "../core/ports.ts";

/** How long a provider wants to be left alone. */
export interface Cooldown {
  /** Leaves the provider alone for `ms` from now, or for longer if that was asked for before. */
  start(ms: number): void;
  /** How long it is still to be left alone; 0 when not at all. */
  leftMs(): number;
}

export function createCooldown(clock: Pick<Clock, "now">): Cooldown {
  let untilMs = 0;
  return {
    start: (ms) => {
      untilMs = Math.max(untilMs, clock.now() + ms);
    },
    leftMs: () => Math.max(0, untilMs - clock.now()),
  };
}
