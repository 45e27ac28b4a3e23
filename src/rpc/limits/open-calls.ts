import type { Limits } from "./limits.ts";

/** Where a call is counted until it leaves. */
interface OpenCall {
  /** True when there is room only for telling it that there is none. */
  readonly isRefused: boolean;
  leave(): void;
}

/** Bounds how many calls are open at a time, those of callers without a key apart, so that these keep nobody else out. */
export interface OpenCalls {
  /**
   * Counts a call. Undefined when there is not even room for a refusal: a client that takes none keeps it, and what it
   * costs, for a minute.
   */
  enter(isWithoutKey: boolean): OpenCall | undefined;
}

export function createOpenCalls({ calls, callsWithoutKey, refusals }: Limits): OpenCalls {
  const withKey = createRoom(calls, false);
  const withoutKey = createRoom(callsWithoutKey, false);
  const refused = createRoom(refusals, true);
  return {
    enter: (isWithoutKey) => (isWithoutKey ? withoutKey : withKey).enter() ?? refused.enter(),
  };
}

function createRoom(most: number, isRefused: boolean) {
  let open = 0;
  const call: OpenCall = {
    isRefused,
    leave: () => {
      open -= 1;
    },
  };
  return {
    enter: (): OpenCall | undefined => {
      if (open >= most) return undefined;
      open += 1;
      return call;
    },
  };
}
