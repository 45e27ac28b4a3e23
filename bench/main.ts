import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isOnPath } from "./harness/is-on-path.ts";
import { runScenario } from "./harness/run-scenario.ts";
import type { Outcome } from "./harness/run-scenario.ts";
import type { Scenario } from "./harness/scenario.ts";
import { toTable } from "./harness/table.ts";
import { scenarios } from "./scenarios/index.ts";

/** `npm run bench -- [scenario …] [--rounds 5] [--seconds 1] [--json FILE] [--list]`, after `npm run build`. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    json: { type: "string" },
    list: { type: "boolean", default: false },
  },
});

const say = (text: string): void => void process.stdout.write(text);

function select(): readonly Scenario[] {
  const unknown = positionals.filter((wanted) => !scenarios.some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new Error(`no scenario is called ${unknown.join(" or ")}; --list names them`);
  return positionals.length === 0 ? scenarios : scenarios.filter(({ name }) => positionals.includes(name));
}

function toCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`--${option} must be a whole number from 1 to 9999`);
  return Number(text);
}

async function run(): Promise<void> {
  const machine = { cores: availableParallelism(), node: process.version };
  const options = { rounds: toCount("rounds", values.rounds), seconds: toCount("seconds", values.seconds) };
  const outcomes: Outcome[] = [];
  say(`${machine.cores} cores, Node ${machine.node}, ${options.rounds} rounds\n\n`);
  for (const scenario of select()) {
    const missing = scenario.needs.filter((program) => !isOnPath(program));
    if (missing.length > 0) {
      say(`${scenario.name}: SKIPPED, ${missing.join(" and ")} is not on PATH\n\n`);
      continue;
    }
    const outcome = await runScenario(scenario, options);
    outcomes.push(outcome);
    say(toTable(outcome));
  }
  const json = `${JSON.stringify({ machine, ...options, outcomes }, undefined, 2)}\n`;
  if (values.json === undefined) say(json);
  else await writeFile(values.json, json);
}

if (values.list) for (const { name, title } of scenarios) say(`${name.padEnd(16)} ${title}\n`);
else await run();
