import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Contestant, Scenario } from "./scenario.ts";
import { ratioOf, summarize } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

/** What came out for one contestant. */
export interface Figure extends Summary {
  readonly name: string;
  readonly unit: string;
  readonly isBaseline: boolean;
  readonly rounds: readonly number[];
  /** Its figure by that of each baseline of the same unit. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** What came out of a scenario. */
export interface Outcome {
  readonly scenario: string;
  readonly title: string;
  readonly figures: readonly Figure[];
}

interface RunOptions {
  readonly rounds: number;
  readonly seconds: number;
}

/** Measures all contestants in turn, for some rounds, when all have warmed up. */
export async function runScenario(scenario: Scenario, { rounds, seconds }: RunOptions): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-bench-"));
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true })];
  const endLater = (end: () => Promise<unknown>): void => void ends.unshift(end);
  try {
    const contestants = await scenario.prepare({ seconds, folder, endLater });
    for (const contestant of contestants) await (contestant.warmUp ?? contestant.measure)();
    const all: (readonly number[])[] = [];
    for (let round = 0; round < rounds; round += 1) all.push(await measureAll(contestants));
    const { name, title } = scenario;
    return { scenario: name, title, figures: toFigures(contestants, all) };
  } finally {
    for (const end of ends) await end();
  }
}

async function measureAll(contestants: readonly Contestant[]): Promise<readonly number[]> {
  const values: number[] = [];
  for (const contestant of contestants) values.push(await contestant.measure());
  return values;
}

function toFigures(contestants: readonly Contestant[], all: readonly (readonly number[])[]): Figure[] {
  const roundsOf = (index: number): number[] => all.map((values) => values[index] ?? NaN);
  const indexed = contestants.map((contestant, index) => ({ ...contestant, rounds: roundsOf(index) }));
  return indexed.map(({ name, unit, isBaseline = false, rounds }) => {
    const baselines = indexed.filter((other) => other.isBaseline && !isBaseline && other.unit === unit);
    const ratios = Object.fromEntries(
      baselines.map((baseline) => [baseline.name, ratioOf(rounds, baseline.rounds)]),
    );
    return { name, unit, isBaseline, rounds, ratios, ...summarize(rounds) };
  });
}
