import { describe, expect, it } from "@jest/globals";
import { fileDiff, reportOn } from "./fallback/commit-builder.ts";

describe("its account of tests", () => {
  const cart = fileDiff("src/cart.ts", ["+1"]);
  it.each([
    ["no test changes", cart, "No test changes in this commit: `src/cart.ts` looks untested by it."],
    [
      "the test of its name changes",
      cart + fileDiff("test/cart.test.ts", ["+1"]),
      "Every changed source file has a changed test of its name.",
    ],
    [
      "an index file's folder is tested",
      fileDiff("src/cart/index.ts", ["+1"]) + fileDiff("test/cart.test.ts", ["+1"]),
      "Every changed source file has a changed test of its name.",
    ],
    [
      "another test changes",
      cart + fileDiff("test/shop.test.ts", ["+1"]),
      "No changed test is named after `src/cart.ts`; the tests above may cover it.",
    ],
    [
      "the test stands in the source file",
      fileDiff("src/cart.rs", ["+#[test]"]),
      "Tests within the source files change.",
    ],
    ["no source changes", fileDiff("README.md", ["+1"]), "No source file changes that tests would cover."],
  ])("when %s", (_, diffSummary, expected) => {
    expect(reportOn({ diffSummary }).impactAndTests).toContain(expected);
  });

  it("names tests that are skipped from now on", () => {
    const diffSummary = fileDiff("test/a.test.ts", ['-it("adds up", () => {', '+it.skip("adds up", () => {']);
    expect(reportOn({ diffSummary }).impactAndTests).toContain("Skipped from now on: “adds up”.");
  });
});

describe("its next steps", () => {
  it.each([
    ["conflict markers", "src/a.ts", "<<<<<<< HEAD", "Resolve the conflict markers in `src/a.ts`."],
    [
      "debugging leftovers",
      "test/a.test.ts",
      '  it.only("x", () => {',
      "Take out what looks left over from debugging: `it.only` in `test/a.test.ts`.",
    ],
    [
      "lost data",
      "db/migrations/2.sql",
      "DROP TABLE carts;",
      "Make sure that nobody needs the data any more: `DROP TABLE carts`.",
    ],
    [
      "pipelines",
      ".github/workflows/ci.yml",
      "on: push",
      "Watch the next run of the pipeline: `.github/workflows/ci.yml`.",
    ],
    [
      "unexplained lock files",
      "yarn.lock",
      "x",
      "See which versions moved in `yarn.lock`: no declared dependency does.",
    ],
    ["untested sources", "src/a.ts", "x", "Find or add a test for `src/a.ts`."],
  ])("warn of %s", (_, path, line, expected) => {
    expect(reportOn({ diffSummary: fileDiff(path, [`+${line}`]) }).nextSteps).toContain(expected);
  });

  it.each([
    ["fixup! Add carts", "Squash it before merging."],
    ["wip", "Check that it is meant to be merged: the subject calls it work in progress."],
    [
      'Revert "Add carts"\n\nThis reverts commit 0123456789abcdef.',
      "See why commit 0123456789ab was made, and what depends on it.",
    ],
  ])("of %j follow from the message", (message, expected) => {
    expect(reportOn({ message }).nextSteps).toContain(expected);
  });

  it("don't claim that no dependency changes when there is no diff to tell", () => {
    expect(reportOn({ files: ["package.json", "yarn.lock"] }).nextSteps).toEqual([]);
  });

  it("don't send anyone to the release notes of a version that is taken back", () => {
    const diffSummary = fileDiff("requirements.txt", ["-zod==4.0", "+zod==3.0"]);
    expect(reportOn({ message: "Take it back", diffSummary }).nextSteps).toHaveLength(1);
    expect(reportOn({ message: 'Revert "Bump zod"', diffSummary }).nextSteps).toEqual([]);
  });

  it("ask for nothing where nothing is to be done", () => {
    expect(reportOn({ message: "Fix a typo", diffSummary: fileDiff("README.md", ["+1"]) }).nextSteps).toEqual(
      [],
    );
  });
});

describe("its tags", () => {
  it("are at most ten, in lower case and each once", () => {
    const files = ["a.ts", "b.py", "c.go", "D E/x", "f/x", "g/x", "h/x", "auth/a.ts", "db/migrations/1.sql"];
    const { tags } = reportOn({ message: "feat(Auth Core)!: x", files: [...files, "package.json"] });
    expect(tags).toEqual([
      "feature",
      "breaking",
      "security",
      "migration",
      "auth-core",
      "typescript",
      "python",
      "go",
      "d-e",
      "f",
    ]);
  });
});
