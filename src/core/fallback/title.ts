import { TOP_LEVEL } from "./areas.ts";
import type { CommitFacts } from "./commit-facts.ts";
import type { CommitMessage } from "./commit-message.ts";
import { capitalised, count, cut, oneLine } from "./wording.ts";

const MIN_CHARACTERS = 10;
const MAX_CHARACTERS = 120;
const SHORT_SHA = 12;
const PULL_REQUEST = /^Merge(?:d)? (?:pull request|in .*\(pull request) (#\d+)/;

/** The subject line as a title: without its prefix, and with what changed when it is too short to tell. */
export function toTitle(facts: CommitFacts): string {
  const title = facts.message.subject === "" ? "" : subjectTitle(facts.message);
  const candidates = [
    title,
    withDetail(title, whatChanged(facts)),
    withDetail(title, oneLine(facts.request.repo)),
    withDetail(title, whichCommit(facts)),
    withDetail(title, "nothing else is known"),
  ];
  const best = candidates.find((candidate) => Array.from(candidate).length >= MIN_CHARACTERS);
  return cut(best ?? title, MAX_CHARACTERS);
}

function whichCommit({ request: { commitSha, repo } }: CommitFacts): string {
  const sha = oneLine(commitSha).slice(0, SHORT_SHA);
  const name = oneLine(repo);
  return sha === "" || name === "" ? "" : `commit ${sha} in ${name}`;
}

function withDetail(title: string, detail: string): string {
  if (detail === "") return title;
  return title === "" ? `Commit without a message: ${detail}` : `${title}: ${detail}`;
}

function subjectTitle(message: CommitMessage): string {
  const { form, type, subject, description } = message;
  if (form === "merge") return mergeTitle(message);
  if (form === "fixup") return withNotes(`Fixup for: ${description}`, []);
  if (form === "revert" || type === undefined) return subject;
  return withNotes(capitalised(description), notesOf(message));
}

/** A merged pull request's first words say more than the names of its branches. */
function mergeTitle({ subject, paragraphs }: CommitMessage): string {
  const [, number] = PULL_REQUEST.exec(subject) ?? [];
  const [topic] = paragraphs;
  return number === undefined || topic === undefined ? subject : withNotes(topic, [`pull request ${number}`]);
}

function notesOf({ scope, breaking, description }: CommitMessage): string[] {
  const named = scope === undefined || description.toLowerCase().includes(scope.toLowerCase());
  return [...(named ? [] : [scope]), ...(breaking ? ["breaking"] : [])];
}

function withNotes(words: string, notes: readonly string[]): string {
  const suffix = notes.length === 0 ? "" : ` (${notes.join(", ")})`;
  return cut(words, MAX_CHARACTERS - suffix.length) + suffix;
}

function whatChanged({ files, areas, source }: CommitFacts): string {
  if (source === "empty") return "no files changed";
  const [file] = files;
  const [area] = areas;
  if (!file || !area) return "";
  if (files.length === 1) return oneLine(file.path);
  const where =
    areas.length > 1
      ? ` in ${count(areas.length, "area")}`
      : area.name === TOP_LEVEL
        ? ""
        : ` in ${area.name}`;
  return `${count(files.length, "file")} changed${where}`;
}
