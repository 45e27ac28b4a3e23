import { createRedactor } from "../../src/redaction/redactor.ts";
import { LOOK_ALIKES } from "../../test/redaction/look-alikes.ts";
import { SECRETS } from "../../test/redaction/secrets.ts";
import type { Contestant, Scenario } from "../harness/scenario.ts";
import { summarize } from "../harness/statistics.ts";

/** The largest diff that is taken. */
const SIZE = 512 * 1024;
const PASSES = 10;

/** Which texts are slow, `bench/redaction.ts` shows. */
export const redactionScenario: Scenario = {
  name: "redaction",
  title: "how long redaction holds the event loop for the largest diff, 512 KiB",
  needs: [],
  prepare: () => {
    const code = LOOK_ALIKES.filter((line) => line.length < 200);
    const diff = createText([...code, ...code, SECRETS[3]?.line ?? ""]);
    const timed = (name: string, pass: () => unknown): Contestant => ({
      name,
      unit: "ms",
      measure: () => Promise.resolve(timePasses(pass)),
    });
    return Promise.resolve([
      timed("code with secrets", () => createRedactor([diff]).redact(diff)),
      { ...timed("one pattern", () => diff.replace(/zzz/g, "")), isBaseline: true },
    ]);
  },
};

function createText(lines: readonly string[]): string {
  const block = `${lines.join("\n")}\n`;
  return block.repeat(Math.ceil(SIZE / block.length)).slice(0, SIZE);
}

function timePasses(pass: () => unknown): number {
  const times = Array.from({ length: PASSES }, () => {
    const startedAtMs = performance.now();
    pass();
    return performance.now() - startedAtMs;
  });
  return summarize(times).median;
}
