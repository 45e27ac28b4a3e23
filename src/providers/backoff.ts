/** How long to wait between calls to one provider. */
export interface Backoff {
  /** Upper bound of the first delay; doubles with each further one. */
  readonly baseMs: number;
  /** Longest delay. */
  readonly maxMs: number;
}

/**
 * The delay after the `failures`-th failure, with full jitter: anything from nothing to the bound, so that many who fail
 * together don't come back together.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function toBackoffMs(failures: number, { baseMs, maxMs }: Backoff, random: () => number): number {
  return random() * Math.min(maxMs, baseMs * 2 ** (failures - 1));
}
