import type { Clock } from "../../core/ports.ts";

/** In so many steps an answer that has come is read, however long this process was held up in one of them. */
const STEPS = 10;

/**
 * Sleeps for `ms` in which this process could listen. When it was held up, by a crowd of callers or for want of a
 * processor, its timers are overdue before it has read what Redis answered meanwhile; time that passed so says nothing
 * of Redis, and counts as one step.
 */
export async function sleepAwake(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  for (let step = 0; step < STEPS && !signal.aborted; step += 1) await clock.sleep(ms / STEPS, signal);
}
