import type { ChangedFile } from "./changed-files.ts";
import type { CommitFacts } from "./commit-facts.ts";
import { isMajorUpdate, manifestsWithoutLock } from "./dependency-changes.ts";
import { describeUpdate } from "./dependency-wording.ts";
import { namePaths } from "./file-wording.ts";
import type { Finding, FindingKind } from "./line-findings.ts";
import { code, cut, list, listOf } from "./wording.ts";

const MAX_STEPS = 20;
const MAX_CHARACTERS = 1_000;
const MAX_OPEN_POINTS = 5;

/** Checks that the commit's own content asks for; none that would fit any commit. */
export function toNextSteps(facts: CommitFacts): string[] {
  const steps = [
    ...leftoverSteps(facts),
    ...testSteps(facts),
    ...migrationSteps(facts),
    ...dependencySteps(facts),
    ...breakingSteps(facts),
    ...runningSteps(facts),
    ...reviewSteps(facts),
    ...messageSteps(facts),
  ];
  return steps.slice(0, MAX_STEPS).map((step) => cut(step, MAX_CHARACTERS));
}

/** A step when there is something to do it with. */
function stepWith<Item>(items: readonly Item[], say: (items: readonly Item[]) => string): string[] {
  return items.length === 0 ? [] : [say(items)];
}

function stepIf(condition: boolean, step: string): string[] {
  return condition ? [step] : [];
}

function found({ findings }: CommitFacts, kind: FindingKind): readonly Finding[] {
  return findings.added.filter((finding) => finding.kind === kind);
}

function leftoverSteps(facts: CommitFacts): string[] {
  const conflicts = [...new Set(found(facts, "conflict marker").map(({ path }) => path))];
  const place = ({ path, text }: Finding) => `${code(text)} in ${code(path)}`;
  return [
    ...stepWith(conflicts, (paths) => `Resolve the conflict markers in ${listOf(paths, code)}.`),
    ...stepWith(
      found(facts, "debugging"),
      (leftovers) => `Take out what looks left over from debugging: ${listOf(leftovers, place)}.`,
    ),
  ];
}

function testSteps({ coverage: { tests, untested } }: CommitFacts): string[] {
  if (tests.length > 0)
    return [`Run the changed ${tests.length === 1 ? "test" : "tests"}: ${namePaths(tests)}.`];
  return stepWith(untested, (files) => `Find or add a test for ${namePaths(files)}.`);
}

const DESTROYS = /^(?:drop|truncate|remove)/i;

function migrationSteps(facts: CommitFacts): string[] {
  const isApplied = ({ kind, status }: ChangedFile) => kind === "migration" && status !== "deleted";
  const destroying = found(facts, "schema change").filter(({ text }) => DESTROYS.test(text));
  return [
    ...stepWith(
      facts.files.filter(isApplied),
      (files) => `Apply ${namePaths(files)} to a copy of the data, and try the way back.`,
    ),
    ...stepWith(
      destroying,
      (changes) =>
        `Make sure that nobody needs the data any more: ${listOf(changes, ({ text }) => code(text))}.`,
    ),
  ];
}

function dependencySteps({ dependencies, files, message, source }: CommitFacts): string[] {
  const locks = files.filter(({ kind }) => kind === "lock file");
  return [
    ...stepWith(
      message.form === "revert" ? [] : dependencies.filter(isMajorUpdate),
      (updates) => `Read the release notes for ${listOf(updates, describeUpdate)}.`,
    ),
    ...stepWith(
      manifestsWithoutLock(dependencies, files),
      (manifests) => `Check whether a lock file should change along with ${listOf(manifests, code)}.`,
    ),
    ...stepWith(
      source === "diff" && dependencies.length === 0 ? locks : [],
      (paths) => `See which versions moved in ${namePaths(paths)}: no declared dependency does.`,
    ),
  ];
}

const CHANGELOG = /(?:^|\/)(?:changelog|changes|history)(?:\.\w+)?$/i;

function breakingSteps({ message, files, declarations }: CommitFacts): string[] {
  const breaking = message.breaking || message.breakingNotes.length > 0;
  const noted = files.some(({ path }) => CHANGELOG.test(path));
  return [
    ...stepIf(breaking, `Tell users what breaks${noted ? "" : "; no changelog changes in this commit"}.`),
    ...stepWith(
      declarations.flatMap(({ removed }) => removed),
      (names) => `Search for remaining uses of ${listOf(names, code)}.`,
    ),
  ];
}

/** What whoever runs the program has to do or to watch. */
function runningSteps(facts: CommitFacts): string[] {
  return [
    ...stepWith(
      found(facts, "environment variable"),
      (variables) =>
        `Set ${listOf(variables, ({ text }) => code(text))} wherever this runs, and document it.`,
    ),
    ...stepWith(
      facts.files.filter(({ kind }) => kind === "ci"),
      (files) => `Watch the next run of the pipeline: ${namePaths(files)}.`,
    ),
  ];
}

function reviewSteps(facts: CommitFacts): string[] {
  const openPoints = found(facts, "open point").slice(0, MAX_OPEN_POINTS);
  return [
    ...stepWith(facts.sensitive, (files) => `Review ${namePaths(files)} for security.`),
    ...openPoints.map(({ path, text }) => `Settle what is left open in ${code(path)}: “${cut(text, 200)}”`),
    ...stepWith(
      facts.files.filter(({ binary, status }) => binary && status !== "deleted"),
      (files) => `Open ${namePaths(files)}: a diff can't show what changed in binary files.`,
    ),
  ];
}

function messageSteps({ message: { form, origin }, judged, references }: CommitFacts): string[] {
  const reverted = form === "revert" ? origin?.commit.slice(0, 12) : undefined;
  return [
    ...stepIf(form === "fixup", "Squash it before merging."),
    ...stepIf(
      judged.kind === "work in progress",
      "Check that it is meant to be merged: the subject calls it work in progress.",
    ),
    ...stepIf(reverted !== undefined, `See why commit ${reverted ?? ""} was made, and what depends on it.`),
    ...stepWith(references, (names) => `Look at ${list(names)}, which the message names.`),
  ];
}
