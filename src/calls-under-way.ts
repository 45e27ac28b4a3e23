import { forwardAborts } from "./core/forward-aborts.ts";
import type { RequestError } from "./core/errors.ts";

/** Calls of one kind that are under way. */
export interface Calls {
  /** Makes a call. Its signal is aborted with the caller's, and by `abort`. */
  run<Answer>(call: (signal: AbortSignal) => Promise<Answer>, callerSignal?: AbortSignal): Promise<Answer>;
  /** Aborts the signal of each. */
  abort(reason: RequestError): void;
  /** Resolves when each has ended, one way or the other. */
  settled(): Promise<unknown>;
}

/** Keeps count of calls, so that a close can wait for them and cut them off. */
export function createCalls(): Calls {
  const underWay = new Map<AbortController, Promise<unknown>>();
  return {
    run: async (call, callerSignal) => {
      const controller = new AbortController();
      const stopForwarding = forwardAborts(callerSignal ? [callerSignal] : [], controller);
      const answer = call(controller.signal);
      underWay.set(controller, answer);
      try {
        return await answer;
      } finally {
        underWay.delete(controller);
        stopForwarding();
      }
    },
    abort: (reason) => {
      for (const controller of underWay.keys()) controller.abort(reason);
    },
    settled: () => Promise.allSettled(underWay.values()),
  };
}
