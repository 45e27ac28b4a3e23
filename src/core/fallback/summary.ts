import { formatCount } from "../diff/cut-text.ts";
import { isMachineWritten } from "../file-kind.ts";
import { TOP_LEVEL } from "./areas.ts";
import { byChangedLines, changedLines } from "./changed-files.ts";
import type { ChangedFile } from "./changed-files.ts";
import type { CommitFacts } from "./commit-facts.ts";
import { areaName, changeCounts, describeArea, describeFile, sumLines } from "./file-wording.ts";
import { KIND_LABELS } from "./kind-words.ts";
import { code, count, cut, joinWithin, listOf } from "./wording.ts";

const MAX_CHARACTERS = 2_000;
const LONGEST_SUBJECT = 300;
/** With fewer files, the list of changes shows them all anyway. */
const MANY_FILES = 4;
const MAX_AREAS = 5;
const MAX_LARGEST = 3;

/** What kind of change it is and how much it changes, and that this was made without a model. */
export function toSummary(facts: CommitFacts): string {
  const sentences = [
    kindSentence(facts),
    originSentence(facts),
    countSentence(facts),
    placeSentence(facts),
    largestSentence(facts),
  ];
  const provenance = `Made from ${SOURCES[facts.source]} alone, without a language model.`;
  const said = sentences.filter((sentence) => sentence !== "");
  return `${joinWithin(said, " ", MAX_CHARACTERS - provenance.length - 1)} ${provenance}`;
}

const SOURCES: Readonly<Record<CommitFacts["source"], string>> = {
  diff: "the commit message and the diff",
  summary: "the commit message and a summary of the diff",
  list: "the commit message and the list of files",
  empty: "the commit message and the empty diff",
  nothing: "the commit message",
};

function kindSentence({ judged: { kind, judgedFrom }, message }: CommitFacts): string {
  const quoted =
    message.description === "" ? "there is no message" : `“${cut(message.description, LONGEST_SUBJECT)}”`;
  const place =
    message.scope === undefined || kind === "dependency update" ? "" : ` in ${code(message.scope)}`;
  const marks = [
    ...(judgedFrom === undefined ? ["its kind can't be told"] : [`judged from ${judgedFrom}`]),
    ...(message.breaking || message.breakingNotes.length > 0 ? ["marked as breaking"] : []),
  ];
  return `${KIND_LABELS[kind]}${place} (${marks.join(", ")}): ${quoted}.`;
}

function originSentence({ message: { origin, form, description } }: CommitFacts): string {
  if (form === "fixup") return `To be squashed into the commit “${cut(description, LONGEST_SUBJECT)}”.`;
  if (!origin) return "";
  return origin.relation === "reverts"
    ? `Reverts commit ${origin.commit}.`
    : `Picked from commit ${origin.commit}.`;
}

function countSentence({ files, fileCount, total, source }: CommitFacts): string {
  if (source === "empty") return "It changes no files.";
  if (source === "nothing")
    return "Neither files nor a diff came with the commit, so what it changes is unknown.";
  const [only] = files;
  const subject = fileCount === 1 && only ? describeFile(only) : count(fileCount, "file");
  const changed = `${subject} changed${statusCounts(files)}`;
  if (!total) return `${changed}; how many lines is unknown.`;
  if (fileCount === 1 && only) return `${changed}.`;
  const { added, removed } = total;
  if (added + removed === 0) return `${changed}; no line of text changes.`;
  return `${changed}, with ${lineCounts(added, removed)}${machineWrittenPart(files)}.`;
}

function lineCounts(added: number, removed: number): string {
  if (removed === 0) return `${count(added, "line")} added`;
  if (added === 0) return `${count(removed, "line")} removed`;
  return `${count(added, "line")} added and ${formatCount(removed)} removed`;
}

const STATUS_WORDS = [
  ["added", "new"],
  ["deleted", "deleted"],
  ["renamed", "renamed"],
  ["copied", "copied"],
] as const;

function statusCounts(files: readonly ChangedFile[]): string {
  if (files.length === 1) return "";
  const counts = STATUS_WORDS.flatMap(([status, word]) => {
    const amount = files.filter((file) => file.status === status).length;
    if (amount === 0) return [];
    return [amount === files.length ? `all ${word}` : `${formatCount(amount)} ${word}`];
  });
  return counts.length === 0 ? "" : ` (${counts.join(", ")})`;
}

/** A huge lock file makes a small commit look large. */
function machineWrittenPart(files: readonly ChangedFile[]): string {
  const machineWritten = files.filter(({ kind }) => isMachineWritten(kind));
  const counts = changeCounts(sumLines(machineWritten));
  if (counts === "" || machineWritten.length === files.length) return "";
  return ` (of these, ${counts} in lock, generated or vendored files)`;
}

function placeSentence({ files, areas }: CommitFacts): string {
  const [area] = areas;
  if (!area || files.length === 1) return "";
  if (areas.length > 1) return `By area: ${listOf(areas, describeArea, MAX_AREAS)}.`;
  return area.name === TOP_LEVEL ? "All at the top level." : `All in ${areaName(area)}.`;
}

function largestSentence({ files }: CommitFacts): string {
  const readable = files.filter((file) => changedLines(file) > 0 && !isMachineWritten(file.kind));
  if (readable.length < MANY_FILES) return "";
  const largest = readable.sort(byChangedLines).slice(0, MAX_LARGEST);
  return `Most changed: ${listOf(largest, (file) => describeFile(file))}.`;
}
