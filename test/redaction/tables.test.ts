import { describe, expect, it } from "@jest/globals";
import { createRedactor } from "../../src/redaction/redactor.ts";
import { LOOK_ALIKES_FROM_REVIEW } from "./look-alikes-from-review.ts";
import { LOOK_ALIKES_HELD_OUT } from "./look-alikes-held-out.ts";
import { LOOK_ALIKES } from "./look-alikes.ts";
import { SECRETS_AROUND_RULES } from "./secrets-around-rules.ts";
import { SECRETS_FROM_REVIEW } from "./secrets-from-review.ts";
import { SECRETS_HELD_OUT } from "./secrets-held-out.ts";
import { SECRETS } from "./secrets.ts";

/**
 * The rules were mended until these tables passed, so the printed figures guard what works; they don't foretell how text
 * fares that nobody has looked at. Decision 008 has what each table said on first contact.
 */

/** Some lines before and after, as in a real diff. */
const inDiff = (line: string): string =>
  ["@@ -1,3 +1,4 @@", " import a from 'a';", line, "+export default a;", ""].join("\n");

const redact = (text: string): string => createRedactor([text]).redact(text);

const missed = SECRETS.filter(({ type, secret, line }) => {
  const text = redact(inDiff(line));
  return text.includes(secret) || text !== inDiff(line).replace(secret, `[REDACTED:${type}:1]`);
});

/** Of tables by other hands, whose rows say where the secrets are but not what we call them. */
const MARKED = [...SECRETS_FROM_REVIEW, ...SECRETS_AROUND_RULES, ...SECRETS_HELD_OUT];
const missedOfMarked = MARKED.filter((row) => {
  const text = redact(row.replace(/[«»]/g, ""));
  return Array.from(row.matchAll(/«([^»]*)»/g), ([, secret = ""]) => secret).some((secret) =>
    text.includes(secret),
  );
});

const ALL_LOOK_ALIKES = [...LOOK_ALIKES.map(inDiff), ...LOOK_ALIKES_FROM_REVIEW, ...LOOK_ALIKES_HELD_OUT];
const touched = ALL_LOOK_ALIKES.filter((text) => redact(text) !== text);

describe("the tables of secrets and look-alikes", () => {
  it("are long enough to tell, and hold nothing twice", () => {
    expect(SECRETS.length).toBeGreaterThanOrEqual(150);
    expect(LOOK_ALIKES.length).toBeGreaterThanOrEqual(150);
    expect(new Set(SECRETS.map(({ line }) => line)).size).toBe(SECRETS.length);
    expect(new Set(LOOK_ALIKES).size).toBe(LOOK_ALIKES.length);
    expect(MARKED.filter((row) => !/«[^»]+»/.test(row))).toEqual([]);
  });

  it("have every secret replaced, exactly where its name is known, and nothing else", () => {
    const all = SECRETS.length + MARKED.length;
    const found = all - missed.length - missedOfMarked.length;
    const recall = found / all;
    const precision = found / (found + touched.length);
    process.stdout.write(
      `redaction: recall ${recall.toFixed(3)} of ${all} secrets, ` +
        `precision ${precision.toFixed(3)} over ${ALL_LOOK_ALIKES.length} look-alikes\n`,
    );
    expect(missed.map(({ type, line }) => [type, redact(line)])).toEqual([]);
    expect(missedOfMarked.map((row) => [row, redact(row.replace(/[«»]/g, ""))])).toEqual([]);
    expect(touched.map((text) => [text, redact(text)])).toEqual([]);
  });
});
