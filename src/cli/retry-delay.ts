import { RequestError } from "../core/errors.ts";

const BASE_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
/** Longer than this a user should decide, not a program. */
const MAX_ASKED_WAIT_MS = 60_000;

interface RetryState {
  /** How often it has failed in a row, this time included. */
  readonly failures: number;
  readonly maxFailures: number;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
}

/**
 * How long to wait before the same request is made again; undefined when it should not be. What the server asks for
 * is heeded up to 60 s. Otherwise full jitter: anything up to 0.5 s, then 1 s, 2 s, … and at most 10 s.
 */
export function retryDelayMs(
  error: unknown,
  { failures, maxFailures, random }: RetryState,
): number | undefined {
  if (!(error instanceof RequestError) || !error.retryable || failures >= maxFailures) return undefined;
  const askedMs = error.retryAfterMs ?? 0;
  if (askedMs > MAX_ASKED_WAIT_MS) return undefined;
  const backoffMs = random() * Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** (failures - 1));
  // On top of what was asked for, so that all who were told the same moment don't come back in it.
  return Math.round(askedMs + backoffMs);
}
