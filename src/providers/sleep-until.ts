import type { Clock } from "../core/ports.ts";
import { forwardAborts } from "../core/forward-aborts.ts";

/** Sleeps for `ms`, or until one of `signals` is aborted. */
export async function sleepUntil(clock: Clock, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  if (ms <= 0) return;
  const wake = new AbortController();
  const stopForwarding = forwardAborts(signals, wake);
  await clock.sleep(ms, wake.signal);
  stopForwarding();
}
