import { ENDED } from "../core/ended.ts";
import type { Clock } from "../core/ports.ts";
import type { ProviderError } from "../core/errors.ts";

/** Something that may end a call early. It is given what ends the call, and answers with how to stop waiting for it. */
export type Interrupt = (abort: (reason: ProviderError) => void) => () => void;

/** Ends a call when `signal` is aborted. */
export function onAbort(signal: AbortSignal, reason: () => ProviderError): Interrupt {
  return (abort) => {
    const listener = () => abort(reason());
    if (signal.aborted) listener();
    else signal.addEventListener("abort", listener, { once: true });
    return () => signal.removeEventListener("abort", listener);
  };
}

/** Ends a call after `ms`. */
export function afterMs(clock: Clock, ms: number, reason: () => ProviderError): Interrupt {
  return (abort) => {
    const stopped = new AbortController();
    void clock.sleep(ms, stopped.signal).then(() => {
      if (!stopped.signal.aborted) abort(reason());
    });
    return () => stopped.abort(ENDED);
  };
}

/**
 * Runs a call until it is answered or interrupted, whichever comes first. An interrupt aborts the call's own signal
 * and rejects at once: a call that ignores its signal holds nobody up, and what becomes of it is ignored. Listeners
 * are taken off by hand, since `AbortSignal.any` leaks on signals that outlive many calls (Node 20).
 */
export async function interruptible<Answer>(
  call: (signal: AbortSignal) => Promise<Answer>,
  interrupts: readonly Interrupt[],
): Promise<Answer> {
  const controller = new AbortController();
  const stops: (() => void)[] = [];
  try {
    return await new Promise<Answer>((resolve, reject) => {
      const abort = (reason: ProviderError) => {
        reject(reason);
        controller.abort(reason);
      };
      for (const interrupt of interrupts) stops.push(interrupt(abort));
      if (!controller.signal.aborted) callSafely(call, controller.signal).then(resolve, reject);
    });
  } finally {
    for (const stop of stops) stop();
  }
}

/** An adapter that throws instead of rejecting, or answers without a promise, is no special case any more. */
async function callSafely<Answer>(call: (signal: AbortSignal) => Promise<Answer>, signal: AbortSignal) {
  return await call(signal);
}
