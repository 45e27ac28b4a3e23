import type { Clock } from "../core/ports.ts";

interface KeyCheckOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Told when a key is refused, and not again until it has been accepted. */
  readonly onRefused: () => void;
}

/** Whether a provider takes its key. */
export interface KeyCheck {
  /** How long the provider is not to be called, since it has refused the key; 0 when it may be. */
  leftMs(): number;
  /** A call begins: with a refused key it is a probe, and the only one for a while. */
  begin(): void;
  accept(): void;
  refuse(): void;
}

/** A key does not mend by itself; but accounts get paid, and keys unlocked. */
const PROBE_INTERVAL_MS = 600_000;

export function createKeyCheck({ clock, onRefused }: KeyCheckOptions): KeyCheck {
  let probeAtMs: number | undefined;
  return {
    leftMs: () => (probeAtMs === undefined ? 0 : Math.max(0, probeAtMs - clock.monotonicMs())),
    begin: () => {
      if (probeAtMs !== undefined) probeAtMs = clock.monotonicMs() + PROBE_INTERVAL_MS;
    },
    accept: () => {
      probeAtMs = undefined;
    },
    refuse: () => {
      if (probeAtMs === undefined) onRefused();
      probeAtMs = clock.monotonicMs() + PROBE_INTERVAL_MS;
    },
  };
}
