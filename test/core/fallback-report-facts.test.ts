import { describe, expect, it } from "@jest/globals";
import { deletedFileDiff, fileDiff, newFileDiff, reportOn } from "./fallback/commit-builder.ts";

describe("its judgement of the kind of change", () => {
  const source = fileDiff("src/a.ts", ["+1"]);
  it.each([
    ["perf: cache carts", source, "Performance change (judged from the prefix “perf”)"],
    ["🐛 Stop it", source, "Fix (judged from the prefix “🐛”)"],
    ["chore(deps): bump zod", source, "Dependency update (judged from the prefix “chore(deps)”)"],
    [
      "Explain carts",
      fileDiff("docs/carts.md", ["+1"]),
      "Documentation change (judged from the changed file's path)",
    ],
    [
      "More",
      fileDiff("a.test.ts", ["+1"]) + fileDiff("b.test.ts", ["+1"]),
      "Test change (judged from the paths of all changed files)",
    ],
    [
      "Bump",
      fileDiff("package.json", ["+1"]) + fileDiff("yarn.lock", ["+1"]),
      "Dependency update (judged from the paths of all changed files)",
    ],
    ["Add carts", source, "Feature (judged from the subject's word “Add”)"],
    ["Don't crash on empty carts", source, "Fix (judged from the subject's word “crash”)"],
    [
      "Old stuff",
      deletedFileDiff("src/a.ts", ["1"]),
      "Removal (judged from the diff, which only deletes files)",
    ],
    ["Carts", source, "Change (its kind can't be told)"],
    ["Merge branch 'x'", source, "Merge (judged from the subject)"],
    ['Revert "x"', source, "Revert (judged from the subject)"],
  ])("of %j says what it goes by", (message, diffSummary, expected) => {
    expect(reportOn({ message, diffSummary }).summary.startsWith(`${expected}: `)).toBe(true);
  });

  it.each([
    [
      "docs: explain carts",
      "The prefix “docs” speaks of documentation, but 1 source file changes too: `src/a.ts`.",
    ],
    [
      "Clarify it",
      "The subject's word “Clarify” speaks of documentation, but 1 source file changes too: `src/a.ts`.",
    ],
    ["Test carts", "The subject's word “Test” speaks of tests, but 1 source file changes too: `src/a.ts`."],
    [
      "ci: cache",
      "The prefix “ci” speaks of continuous integration, but 1 source file changes too: `src/a.ts`.",
    ],
  ])("points out source files in a commit that calls itself something else: %j", (message, sentence) => {
    expect(reportOn({ message, diffSummary: source }).impactAndTests).toContain(sentence);
  });
});

describe("its rationale", () => {
  it("is the message's own words", () => {
    const message = "Add carts\n\nPeople asked\nfor them.\n\nOften.\n\nSigned-off-by: Ada <ada@example.com>";
    expect(reportOn({ message }).rationale).toBe("People asked for them.\n\nOften.");
  });

  it.each([
    ["Add carts", "The commit message gives no reason."],
    ["Add carts (#12)", "The commit message gives no reason. It names #12, where one may stand."],
    ["Add carts\n\n- wheels", "The commit message lists what it does, but gives no reason."],
  ])("of %j says that there is none", (message, expected) => {
    expect(reportOn({ message }).rationale).toBe(expected);
  });
});

describe("its account of files", () => {
  it("names new, deleted, renamed and binary ones", () => {
    const diffSummary = [
      newFileDiff("src/new.ts", ["1"]),
      deletedFileDiff("src/old.ts", ["1", "2"]),
      "diff --git a/src/x.ts b/src/y.ts\nsimilarity index 100%\nrename from src/x.ts\nrename to src/y.ts\n",
      "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n",
      "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n",
    ].join("");
    expect(reportOn({ diffSummary }).changes).toEqual([
      "`src/new.ts` (new, +1)",
      "`src/old.ts` (deleted, -2)",
      "`src/y.ts` (renamed from `src/x.ts`)",
      "`logo.png` (binary)",
      "`run.sh` (mode only)",
    ]);
  });

  it("tells lines that people wrote from those of a lock file", () => {
    const diffSummary = fileDiff("src/a.ts", ["+1"]) + fileDiff("yarn.lock", Array<string>(500).fill("+x"));
    expect(reportOn({ diffSummary }).summary).toContain(
      "2 files changed, with 501 lines added (of these, +500 in lock, generated or vendored files).",
    );
  });

  it("goes by area when there are many", () => {
    const diffs = Array.from({ length: 40 }, (_, index) =>
      newFileDiff(`src/${index % 2 ? "rpc" : "core"}/${index}.ts`, ["1"]),
    );
    const { changes, summary } = reportOn({ diffSummary: diffs.join("") });
    expect(changes[0]).toBe(
      "`src/core` (20 new files, +20): `0.ts` (new, +1), `2.ts` (new, +1), `4.ts` (new, +1), `6.ts` (new, +1), `8.ts` (new, +1) and 15 more",
    );
    expect(summary).toContain("40 files changed (all new), with 40 lines added");
  });

  it("knows files from a list alone, and says that it doesn't know the lines", () => {
    const { summary, changes } = reportOn({ files: ["src/a.ts", "./src/b.ts", "src/a.ts"] });
    expect(summary).toContain("2 files changed; how many lines is unknown. All in `src`.");
    expect(changes).toEqual(["`src/a.ts`", "`src/b.ts`"]);
  });

  it("reads git diff --stat, and adds files that are only listed", () => {
    const stat = " src/a.ts | 3 ++-\n 1 file changed, 2 insertions(+), 1 deletion(-)\n";
    const { summary, changes } = reportOn({ files: ["src/a.ts", "src/b.ts"], diffSummary: stat });
    expect(summary).toContain("2 files changed, with 2 lines added and 1 removed.");
    expect(changes).toEqual(["`src/a.ts` (+2 -1)", "`src/b.ts`"]);
  });

  it("takes the number of files from git diff --shortstat, and says that it knows no more", () => {
    const shortstat = " 3 files changed, 10 insertions(+)\n";
    const { summary, impactAndTests } = reportOn({ diffSummary: shortstat });
    expect(summary).toContain("3 files changed, with 10 lines added.");
    expect(impactAndTests).toBe(
      "What it touches is unknown, since its files are not named.\n\nWhether tests change is unknown.",
    );
  });

  it("doesn't set a lock file apart when nothing else changes", () => {
    const diffSummary = fileDiff("yarn.lock", ["+x"]) + fileDiff("go.sum", ["+x"]);
    expect(reportOn({ diffSummary }).summary).toContain("2 files changed, with 2 lines added. All");
  });

  it("counts only what there is", () => {
    const twice = (line: string) => fileDiff("src/a.ts", [line]) + fileDiff("src/b.ts", [line]);
    expect(reportOn({ diffSummary: twice("-x") }).summary).toContain(
      "2 files changed, with 2 lines removed.",
    );
    expect(reportOn({ diffSummary: twice(" x") }).summary).toContain(
      "2 files changed; no line of text changes.",
    );
  });

  it("groups by the caller's components", () => {
    const { summary, tags } = reportOn({ files: ["a/billing/x.ts", "a/y.ts"], components: ["Billing"] });
    expect(summary).toContain("By area: `Billing` (1 file) and `a` (1 file).");
    expect(tags).toEqual(["typescript", "billing", "a"]);
  });
});
