import { describe, expect, it } from "@jest/globals";
import { createFallbackReport } from "../../src/core/fallback-report.ts";
import { reportContentSchema } from "../../src/core/report.ts";
import type { ReportContent } from "../../src/core/report.ts";
import type { ReportInput } from "../../src/core/report-request.ts";
import { fileDiff, newFileDiff, reportOn, requestWith } from "./fallback/commit-builder.ts";

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FRAGMENTS = [
  "a",
  "x".repeat(300),
  " ",
  "\n",
  "\n\n",
  "\t",
  "\r\n",
  "\u0000",
  "\u0007",
  "\u200b",
  "\ufeff",
  "\u00a0",
  "\u202e",
  "🚀",
  "👩‍👩‍👧",
  "é",
  "e\u0301",
  "שלום",
  "日本語",
  "\ud800",
  "\udc00",
  "`",
  '"',
  "“",
  "(",
  ")",
  "[",
  "]",
  "{",
  " => ",
  "/",
  "//",
  "../",
  ".",
  ".ts",
  "-",
  "- ",
  "* ",
  "1. ",
  "#12",
  "A-1",
  "feat: ",
  "fix(",
  ")!: ",
  "fixup! ",
  "Merge branch ",
  'Revert "',
  "BREAKING CHANGE: ",
  "Signed-off-by: a",
  "---\n",
  "wip",
  "✨ ",
  "::",
  "diff --git a/x.ts b/x.ts\n",
  "diff --git ",
  '"a/\\303',
  "--- a/y\n+++ b/y\n@@ -1 +1 @@\n",
  "@@ -0,0 +1,9999 @@ function f() {\n",
  "rename from x\n",
  "rename to \n",
  "Binary files a and b differ\n",
  "+export function f() {}\n",
  "-def g():\n",
  "+TODO: \n",
  '+    "zod": "^4"\n',
  "package.json",
  "+\n",
  " a | 3 ++-\n",
  "3\t1\ta\n",
  "[… added a (+1 -0), left out]\n",
  "src/",
  "test/",
  "migrations/",
  "auth",
  "go.mod",
  "yarn.lock",
];

function randomText(random: () => number, maxCharacters: number): string {
  const pieces = Math.floor(random() ** 3 * 60) + 1;
  const parts = Array.from(
    { length: pieces },
    () => FRAGMENTS[Math.floor(random() * FRAGMENTS.length)] ?? "",
  );
  return parts.join("").slice(0, maxCharacters);
}

function randomInput(random: () => number): Partial<ReportInput> {
  const many = (max: number, length: number) =>
    Array.from({ length: Math.floor(random() ** 3 * max) }, () => randomText(random, length));
  return {
    commitSha: randomText(random, 64),
    repo: randomText(random, 255),
    message: randomText(random, 10_000),
    files: many(60, 2_048),
    components: many(20, 256),
    diffSummary: random() < 0.5 ? many(30, 5_000).join("") : "",
  };
}

function textsOf({
  title,
  summary,
  changes,
  rationale,
  impactAndTests,
  nextSteps,
  tags,
}: ReportContent): string {
  return [title, summary, ...changes, rationale, impactAndTests, ...nextSteps, ...tags].join("\n");
}

function expectValid(parts: Partial<ReportInput>): void {
  const report = reportOn(parts);
  expect(reportContentSchema.parse(report)).toEqual(report);
  expect(textsOf(report)).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/u);
}

describe("whatever the commit, the report", () => {
  it.each(Array.from({ length: 400 }, (_, seed) => seed))("is valid and printable (seed %i)", (seed) => {
    expectValid(randomInput(createRandom(seed)));
  });

  const everyFile = Array.from(
    { length: 2_000 },
    (_, index) => `packages/p${index % 50}/src/${index}/file.ts`,
  );
  it.each<[string, Partial<ReportInput>]>([
    ["one word of 10,000 characters", { message: "x".repeat(10_000) }],
    ["10,000 emoji", { message: "🚀".repeat(10_000) }],
    ["blanks", { message: " \n\t ", repo: " ", commitSha: " " }],
    [
      "control characters",
      { message: "\u0000", repo: "\u0001", commitSha: "\u0002", files: ["\u0003"], components: ["\u0004"] },
    ],
    ["zero-width characters", { message: "\u200b\ufeff", repo: "\ufeff", commitSha: "\u200b" }],
    ["text from right to left", { message: "הוספת עגלה\n\nכי ביקשו.", files: ["עגלה/א.ts"] }],
    ["200 list items of endless words", { message: `x\n\n${`- ${"y".repeat(45)}\n`.repeat(200)}` }],
    ["endless paragraphs", { message: `x\n\n${"word ".repeat(1_900)}` }],
    ["endless footers", { message: `x!: y\n\nBREAKING CHANGE: ${"word ".repeat(1_900)}` }],
    ["references only", { message: "#1 ".repeat(3_000) }],
    [
      "as many files and components as may be",
      { files: everyFile, components: everyFile.slice(0, 200).map((path) => path.slice(0, 256)) },
    ],
    [
      "paths as long as may be",
      { files: Array.from({ length: 2_000 }, (_, index) => `${index}/${"é/".repeat(1_000)}`) },
    ],
    [
      "endless names in a diff",
      { diffSummary: newFileDiff("n".repeat(50_000), ["x"]) + fileDiff("m/".repeat(25_000), ["+x"]) },
    ],
    [
      "a diff of 512 KiB",
      {
        diffSummary: newFileDiff(
          "src/a.ts",
          Array.from(
            { length: 9_000 },
            (_, index) => `export function f${index}() { return "TODO: ${index}"; }`,
          ),
        ),
      },
    ],
  ])("is valid for %s", (_, parts) => {
    expectValid(parts);
  });

  it("takes well under a second for 2,000 files in 512 KiB", () => {
    const diffSummary = everyFile
      .map((path, index) => newFileDiff(path, [`call(${index});`]))
      .join("")
      .slice(0, 512 * 1024);
    const request = requestWith({ files: everyFile, diffSummary });
    const startedAt = performance.now();
    createFallbackReport(request);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
