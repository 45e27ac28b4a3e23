import type { FileKind } from "../file-kind.ts";
import type { CommitFacts } from "./commit-facts.ts";
import { areaName, namePaths } from "./file-wording.ts";
import type { ChangeKind } from "./kind-words.ts";
import { describeTests } from "./test-wording.ts";
import { capitalised, code, count, cut, joinWithin, listOf, sentence } from "./wording.ts";

const MAX_CHARACTERS = 4_000;

/** What the change may affect, and which tests change with it. */
export function toImpactAndTests(facts: CommitFacts): string {
  const impact = [
    breakingSentence(facts),
    areaSentence(facts),
    mismatchSentence(facts),
    removedSentence(facts),
    redeclaredSentence(facts),
    ...operationSentences(facts),
    sensitiveSentence(facts),
  ].filter((words) => words !== "");
  const tests = describeTests(facts);
  const room = MAX_CHARACTERS - tests.length - 2;
  return impact.length === 0 ? tests : `${joinWithin(impact, " ", room)}\n\n${tests}`;
}

function breakingSentence({ message: { breaking, breakingNotes } }: CommitFacts): string {
  const notes = breakingNotes.filter((note) => note !== "").join(" ");
  if (notes !== "") return `Breaking, in the commit's words: ${sentence(cut(notes, 1_000))}`;
  return breaking || breakingNotes.length > 0 ? "Marked as breaking, without a word on what breaks." : "";
}

function areaSentence({ areas, files, source }: CommitFacts): string {
  if (source === "empty") return "Touches nothing, since it changes no files.";
  const [area] = areas;
  if (!area) {
    const why = source === "nothing" ? "neither files nor a diff came with it" : "its files are not named";
    return `What it touches is unknown, since ${why}.`;
  }
  if (areas.length > 1) return `Touches ${listOf(areas, areaName)}.`;
  return files.length === 1 ? `Touches ${namePaths(files)} only.` : `Touches ${areaName(area)} only.`;
}

/** Kinds that promise to leave the program as it is, and what they are about. */
const HARMLESS: Partial<Record<ChangeKind, string>> = {
  documentation: "documentation",
  test: "tests",
  ci: "continuous integration",
};

function mismatchSentence({ judged: { kind, judgedFrom }, coverage: { sources } }: CommitFacts): string {
  const topic = HARMLESS[kind];
  if (topic === undefined || sources.length === 0) return "";
  const verb = sources.length === 1 ? "changes" : "change";
  return `${capitalised(judgedFrom ?? "the message")} speaks of ${topic}, but ${count(sources.length, "source file")} ${verb} too: ${namePaths(sources)}.`;
}

function removedSentence({ declarations }: CommitFacts): string {
  const gone = declarations.flatMap(({ path, removed }) => removed.map((name) => ({ path, name })));
  if (gone.length === 0) return "";
  const they = gone.length === 1 ? "it" : "them";
  const names = listOf(gone, ({ name, path }) => `${code(name)} (${code(path)})`);
  return `Removes ${names}; code outside this diff that still uses ${they} would break.`;
}

function redeclaredSentence({ declarations }: CommitFacts): string {
  const names = declarations.flatMap(({ redeclared }) => redeclared);
  return names.length === 0
    ? ""
    : `Changes how ${listOf(names, code)} ${names.length === 1 ? "is" : "are"} declared, which may concern callers.`;
}

/** What else than code a commit can change, and what that may affect. */
const OPERATIONS: readonly (readonly [kind: FileKind, label: string])[] = [
  ["migration", "Data or schema migrations"],
  ["configuration", "Configuration"],
  ["ci", "Continuous integration"],
  ["build", "Build or packaging"],
  ["dependencies", "Project manifests"],
  ["lock file", "Resolved dependency versions"],
];

function operationSentences({ files }: CommitFacts): string[] {
  return OPERATIONS.flatMap(([kind, label]) => {
    const those = files.filter((file) => file.kind === kind);
    return those.length === 0 ? [] : [`${label}: ${namePaths(those)}.`];
  });
}

function sensitiveSentence({ sensitive }: CommitFacts): string {
  return sensitive.length === 0 ? "" : `Security-sensitive by path: ${namePaths(sensitive)}.`;
}
