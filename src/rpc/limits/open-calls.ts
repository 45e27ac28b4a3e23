import type { Limits } from "./limits.ts";

/** Bounds how many calls are open at a time, those of callers without a key apart. */
export interface OpenCalls {
  /** Counts a call until its end is told. False, though it is counted, when it is one too many. */
  begin(isWithoutKey: boolean): boolean;
  end(isWithoutKey: boolean): void;
}

export function createOpenCalls({ calls: most, callsWithoutKey }: Limits): OpenCalls {
  let calls = 0;
  let withoutKey = 0;
  return {
    begin: (isWithoutKey) => {
      calls += 1;
      if (isWithoutKey) withoutKey += 1;
      return calls <= most && !(isWithoutKey && withoutKey > callsWithoutKey);
    },
    end: (isWithoutKey) => {
      calls -= 1;
      if (isWithoutKey) withoutKey -= 1;
    },
  };
}
