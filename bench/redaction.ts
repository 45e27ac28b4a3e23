import { performance } from "node:perf_hooks";
import { createRedactor } from "../src/redaction/redactor.ts";
import { SECRETS } from "../test/redaction/secrets.ts";
import { LOOK_ALIKES } from "../test/redaction/look-alikes.ts";

/**
 * How long redaction holds the event loop for the largest diff that is taken, 512 KiB, beside one pass of a trivial
 * pattern over the same text. Run it with `npx tsx bench/redaction.ts`.
 */
const SIZE = 512 * 1024;
const ROUNDS = 30;

function createDiff(lines: readonly string[]): string {
  let text = "";
  for (let index = 0; text.length < SIZE; index += 1) text += `${lines[index % lines.length] ?? ""}\n`;
  return text.slice(0, SIZE);
}

function measure(run: () => unknown): { readonly median: number; readonly spread: string } {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  }).sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(share * (times.length - 1))] ?? 0;
  return { median: at(0.5), spread: `${at(0.1).toFixed(2)}-${at(0.9).toFixed(2)}` };
}

const code = LOOK_ALIKES.filter((line) => line.length < 200);
const texts = {
  "code without secrets": createDiff(code),
  "code with a secret every hundred lines": createDiff([...code, ...code, SECRETS[3]?.line ?? ""]),
  "nothing but secrets": createDiff(SECRETS.map(({ line }) => line)),
  "one letter": "a".repeat(SIZE),
  "one digit": "4".repeat(SIZE),
  "at-signs": "a@".repeat(SIZE / 2),
  "addresses without end": "://a:b".repeat(SIZE / 6),
  "names without values": "password = ".repeat(SIZE / 11),
  "beginnings of keys": "-----BEGIN PRIVATE KEY-----\n".repeat(SIZE / 28),
  dots: "1.2.3.4.".repeat(SIZE / 8),
  "spaces and plus signs": " +1 ".repeat(SIZE / 4),
};

for (const [title, text] of Object.entries(texts)) {
  const baseline = measure(() => text.replace(/zzz/g, ""));
  const redaction = measure(() => createRedactor([text]).redact(text));
  const times = `${redaction.median.toFixed(2)} ms (${redaction.spread})`;
  process.stdout.write(
    `${title.padEnd(40)} ${times.padEnd(24)} one pattern ${baseline.median.toFixed(2)} ms\n`,
  );
}
