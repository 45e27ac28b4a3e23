import type { Clock } from "../core/ports.ts";

/** Sleeps for `ms`, or until one of `signals` is aborted. */
export async function sleepUntil(clock: Clock, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  const wake = new AbortController();
  const ring = (): void => wake.abort();
  for (const signal of signals) {
    if (signal.aborted) ring();
    signal.addEventListener("abort", ring, { once: true });
  }
  await clock.sleep(ms, wake.signal);
  for (const signal of signals) signal.removeEventListener("abort", ring);
}
