import { describe, expect, it } from "@jest/globals";
import { createRedactor } from "../../src/redaction/redactor.ts";
import { LOOK_ALIKES } from "./look-alikes.ts";
import { SECRETS } from "./secrets.ts";

/**
 * The rules were mended until these tables passed, so the printed figures guard what works; they don't foretell how text
 * fares that nobody has looked at. Decision 008 has what a table from other hands said.
 */

/** Some lines before and after, as in a real diff. */
const inDiff = (line: string): string =>
  ["@@ -1,3 +1,4 @@", " import a from 'a';", line, "+export default a;", ""].join("\n");

const redact = (text: string): string => createRedactor([text]).redact(text);

const missed = SECRETS.filter(({ type, secret, line }) => {
  const text = redact(inDiff(line));
  return text.includes(secret) || text !== inDiff(line).replace(secret, `[REDACTED:${type}:1]`);
});
const touched = LOOK_ALIKES.filter((line) => redact(inDiff(line)) !== inDiff(line));

describe("the tables of secrets and look-alikes", () => {
  it("are long enough to tell, and hold nothing twice", () => {
    expect(SECRETS.length).toBeGreaterThanOrEqual(150);
    expect(LOOK_ALIKES.length).toBeGreaterThanOrEqual(150);
    expect(new Set(SECRETS.map(({ line }) => line)).size).toBe(SECRETS.length);
    expect(new Set(LOOK_ALIKES).size).toBe(LOOK_ALIKES.length);
  });

  it("have every secret replaced, exactly, and nothing else", () => {
    const found = SECRETS.length - missed.length;
    const recall = found / SECRETS.length;
    const precision = found / (found + touched.length);
    process.stdout.write(
      `redaction: recall ${recall.toFixed(3)} of ${SECRETS.length} secrets, ` +
        `precision ${precision.toFixed(3)} over ${LOOK_ALIKES.length} look-alikes\n`,
    );
    expect(missed.map(({ type, line }) => [type, redact(line)])).toEqual([]);
    expect(touched.map((line) => [line, redact(line)])).toEqual([]);
  });
});
