import { ENDED } from "../../core/ended.ts";
import type { Clock } from "../../core/ports.ts";

/** Waits for answers, for so long and no longer. */
export interface Patience {
  /** Rejects with what `giveUp` makes once `call` has had its time. */
  waitFor<Answer>(call: Promise<Answer>, giveUp: () => Error): Promise<Answer>;
}

/** After so many looks a call has had its time. */
const LOOKS = 10;

interface Waiting {
  looksLeft: number;
  readonly giveUp: () => void;
}

/**
 * Counts for all calls with one timer, which sleeps a tenth of the time between two looks. Time in which this process was
 * held up, by a crowd of callers or for want of a processor, counts as one look: its timers are then overdue before it has
 * read what Redis answered meanwhile, and that says nothing of Redis.
 */
export function createPatience(clock: Clock, ms: number): Patience {
  const waiting = new Set<Waiting>();
  let sleep: AbortController | undefined;

  function look(): void {
    for (const each of waiting) {
      each.looksLeft -= 1;
      if (each.looksLeft <= 0) each.giveUp();
    }
  }

  async function watch({ signal }: AbortController): Promise<void> {
    for (;;) {
      await clock.sleep(ms / LOOKS, signal);
      if (signal.aborted) return;
      look();
    }
  }

  function leave(one: Waiting): void {
    waiting.delete(one);
    if (waiting.size > 0) return;
    sleep?.abort(ENDED);
    sleep = undefined;
  }

  return {
    waitFor: (call, giveUp) =>
      new Promise((resolve, reject) => {
        // Who joins between two looks has a tenth less at most.
        const one: Waiting = { looksLeft: LOOKS, giveUp: () => end(() => reject(giveUp())) };
        const end = (tell: () => void): void => {
          if (!waiting.has(one)) return;
          leave(one);
          tell();
        };
        waiting.add(one);
        if (sleep === undefined) void watch((sleep = new AbortController()));
        const hand = (): void => end(() => resolve(call));
        call.then(hand, hand);
      }),
  };
}
