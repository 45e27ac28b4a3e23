import PQueue from "p-queue";
import type { Clock, Pacer } from "../core/ports.ts";
import { toTurnMs } from "../core/local-pacer.ts";
import { forwardAborts } from "../core/forward-aborts.ts";
import { sleepUntil } from "./sleep-until.ts";

/** How often a provider may be called. */
export interface Limits {
  /** Most calls of this process at once. */
  readonly concurrency: number;
  /** Most calls of all processes a second; undefined for no limit. */
  readonly perSecond?: number | undefined;
}

interface LimiterOptions extends Limits {
  readonly provider: string;
  readonly pacer: Pacer;
  readonly clock: Clock;
}

/** Lets calls to one provider through, in their order, as often as it may be called. */
export interface Limiter {
  /**
   * Makes a call when its turn has come, and tells it whether that took a wait. Undefined when one of `signals` was
   * aborted before that.
   */
  run<Answer>(
    call: (hasWaited: boolean) => Promise<Answer>,
    signals: readonly AbortSignal[],
  ): Promise<Answer | undefined>;
}

/** A machine is never on time to the millisecond. */
const PUNCTUAL_MS = 50;

export function createLimiter({ provider, concurrency, perSecond, pacer, clock }: LimiterOptions): Limiter {
  const slots = new PQueue({ concurrency });

  /**
   * Waits for a turn. One that was slept through, since the process was held or the engine slow, is lost: taken late,
   * it would come together with the next.
   */
  async function waitForTurn(rate: number, signals: readonly AbortSignal[]): Promise<void> {
    const patienceMs = Math.max(toTurnMs(rate) / 2, PUNCTUAL_MS);
    for (;;) {
      const askedAtMs = clock.monotonicMs();
      const waitMs = await pacer.takeTurn(provider, rate);
      await sleepUntil(clock, waitMs, signals);
      const lateMs = clock.monotonicMs() - askedAtMs - waitMs;
      if (lateMs <= patienceMs || signals.some(({ aborted }) => aborted)) return;
    }
  }

  return {
    run: async (call, signals) => {
      const isUnwanted = (): boolean => signals.some(({ aborted }) => aborted);
      // Most calls find it so, and need nothing that would end a wait.
      const isFree = perSecond === undefined && slots.pending < concurrency && slots.size === 0;
      if (isFree) return isUnwanted() ? undefined : slots.add(() => call(false));
      const waiting = new AbortController();
      const stopForwarding = forwardAborts(signals, waiting);
      const runInSlot = async () => {
        stopForwarding();
        // Only who has a slot books a turn: so few are booked ahead.
        if (perSecond !== undefined) await waitForTurn(perSecond, signals);
        return isUnwanted() ? undefined : call(true);
      };
      try {
        return await slots.add(runInSlot, { signal: waiting.signal });
      } catch (error) {
        if (waiting.signal.aborted) return undefined;
        throw error;
      } finally {
        stopForwarding();
      }
    },
  };
}
