import { performance } from "node:perf_hooks";
import { redaction } from "../src/redaction/redaction.ts";
import { createRedactor } from "../src/redaction/redactor.ts";
import { createHostileTexts } from "../test/redaction/hostile-texts.ts";
import { SECRETS } from "../test/redaction/secrets.ts";
import { LOOK_ALIKES } from "../test/redaction/look-alikes.ts";

/**
 * How long redaction holds the event loop for the largest diff that is taken, 512 KiB, beside one pass of a trivial
 * pattern over the same text. Run it with `npx tsx bench/redaction.ts`.
 */
const SIZE = 512 * 1024;
const ROUNDS = 15;

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
  ...Object.fromEntries(createHostileTexts(SIZE)),
};

for (const [title, text] of Object.entries(texts)) {
  const baseline = measure(() => text.replace(/zzz/g, ""));
  const own = measure(() => createRedactor([text]).redact(text));
  const name = JSON.stringify(title);
  const times = `${own.median.toFixed(2)} ms (${own.spread})`;
  const ratio = (own.median / Math.max(baseline.median, 0.01)).toFixed(0);
  process.stdout.write(
    `${name.padEnd(44)} ${times.padEnd(26)} one pattern ${baseline.median.toFixed(2)} ms, ${ratio} times as long\n`,
  );
}

/** All text of the largest request that is taken, hostile, and the longest that others wait meanwhile. */
const largest = {
  tenant: "t",
  userId: "u",
  commitSha: "c",
  repo: "r",
  components: [],
  message: "token=".repeat(1_666),
  files: Array.from({ length: 2_000 }, () => "token=".repeat(341)),
  diffSummary: createDiff(["token=".repeat(20)]),
};

async function measureLargest(): Promise<string> {
  let last = performance.now();
  let longest = 0;
  const ticking = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const startedAt = performance.now();
  await redaction.redactRequest(largest);
  const all = performance.now() - startedAt;
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(ticking);
  return `${all.toFixed(0)} ms in all, at most ${longest.toFixed(0)} ms at once`;
}

void measureLargest().then((times) => {
  process.stdout.write(`the largest request, of hostile text: ${times}\n`);
});
