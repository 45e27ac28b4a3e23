/** The middle of some values, and how far they lie apart. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

/** The middle of the rounds' ratios: two figures of one round have met the same load of the machine. */
export function ratioOf(values: readonly number[], baseline: readonly number[]): number {
  return summarize(values.map((value, round) => value / (baseline[round] ?? NaN))).median;
}
