import type { CommitFacts } from "./commit-facts.ts";
import { namePaths } from "./file-wording.ts";
import type { Finding } from "./line-findings.ts";
import { count, cut, list } from "./wording.ts";

const LONGEST_TEST_NAME = 120;

/** Which tests change, and which source files change without one. */
export function describeTests(facts: CommitFacts): string {
  const sentences = [changedTests(facts), untestedSources(facts), skippedTests(facts)];
  return sentences.filter((words) => words !== "").join(" ");
}

function changedTests({ coverage: { tests }, findings: { added } }: CommitFacts): string {
  if (tests.length === 0) return "";
  const names = quote(added.filter(({ kind }) => kind === "test"));
  const verb = tests.length === 1 ? "changes" : "change";
  const changed = `${count(tests.length, "test file")} ${verb}: ${namePaths(tests)}.`;
  return names.length === 0 ? changed : `${changed} New tests: ${list(names, 8)}.`;
}

function untestedSources(facts: CommitFacts): string {
  const { tests, sources, untested } = facts.coverage;
  if (facts.files.length === 0 && facts.source !== "empty") return "Whether tests change is unknown.";
  if (sources.length === 0) return tests.length > 0 ? "" : "No source file changes that tests would cover.";
  if (untested.length === 0)
    return tests.length > 0
      ? "Every changed source file has a changed test of its name."
      : inlineTests(facts.findings.added);
  if (tests.length > 0)
    return `No changed test is named after ${namePaths(untested)}; the tests above may cover ${untested.length === 1 ? "it" : "them"}.`;
  const verb = untested.length === 1 ? "looks" : "look";
  return `No test changes in this commit: ${namePaths(untested)} ${verb} untested by it.`;
}

function inlineTests(added: readonly Finding[]): string {
  return added.some(({ kind }) => kind === "inline test") ? "Tests within the source files change." : "";
}

function skippedTests({ findings: { added } }: CommitFacts): string {
  const names = quote(added.filter(({ kind }) => kind === "skipped test"));
  return names.length === 0 ? "" : `Skipped from now on: ${list(names)}.`;
}

function quote(findings: readonly Finding[]): string[] {
  return findings.map(({ text }) => `“${cut(text, LONGEST_TEST_NAME)}”`);
}
