import type { Clock } from "./ports.ts";

/** Milliseconds since it was made, which never go back, whatever is done to the clock. */
export function createSteadyTime({ now }: Pick<Clock, "now">): () => number {
  let lastMs = now();
  let passedMs = 0;
  return () => {
    const nowMs = now();
    passedMs += Math.max(0, nowMs - lastMs);
    lastMs = nowMs;
    return passedMs;
  };
}
