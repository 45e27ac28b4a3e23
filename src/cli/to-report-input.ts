import { fitDiff } from "../core/diff.ts";
import { DIFF_SUMMARY_MAX_BYTES } from "../core/report-request.ts";
import type { ReportInput } from "../core/report-request.ts";
import type { Commit } from "./read-commit.ts";
import type { RepositoryFacts } from "./repository-facts.ts";

// The bounds of a request, as the contract states them.
const MAX_USER_ID = 128;
const MAX_REPO = 255;
const MAX_MESSAGE = 10_000;
const MAX_FILES = 2_000;
const MAX_PATH = 2_048;
const MAX_COMPONENTS = 200;
const MAX_COMPONENT = 256;

/** What git says of a commit that changes nothing. An empty diff would say that nobody knows what changes. */
const NO_CHANGES = " 0 files changed\n";

const NO_MESSAGE = "(no commit message)";
const NOBODY = "local";

/** Cuts a commit of any size down to what a request may hold. */
export function toReportInput(commit: Commit, { repo, userEmail }: RepositoryFacts): ReportInput {
  const message = commit.message.trim();
  return {
    userId: startOf(userEmail ?? (commit.authorEmail || NOBODY), MAX_USER_ID),
    commitSha: commit.commitSha,
    repo: startOf(repo, MAX_REPO),
    message: message === "" ? NO_MESSAGE : startOf(message, MAX_MESSAGE),
    files: commit.files.slice(0, MAX_FILES).map((path) => endOf(path, MAX_PATH)),
    components: toComponents(commit.files).slice(0, MAX_COMPONENTS),
    diffSummary: isEmpty(commit) ? NO_CHANGES : fitBytes(commit.diff),
  };
}

function isEmpty({ files, diff, isShallowBoundary }: Commit): boolean {
  return files.length === 0 && diff === "" && !isShallowBoundary;
}

/** The distinct top-level folders; files at the root are in none. */
function toComponents(files: readonly string[]): string[] {
  const folders = files.filter((path) => path.includes("/")).map((path) => path.slice(0, path.indexOf("/")));
  return [...new Set(folders.map((folder) => startOf(folder, MAX_COMPONENT)))];
}

/** The limit is in bytes but `fitDiff` counts UTF-16 units, of which each has at most three bytes. */
function fitBytes(diff: string): string {
  const bytes = Buffer.byteLength(diff);
  if (bytes <= DIFF_SUMMARY_MAX_BYTES) return diff;
  const unitsPerByte = diff.length / bytes;
  const optimistic = fitDiff(diff, Math.floor(DIFF_SUMMARY_MAX_BYTES * unitsPerByte)).text;
  if (Buffer.byteLength(optimistic) <= DIFF_SUMMARY_MAX_BYTES) return optimistic;
  return fitDiff(diff, Math.floor(DIFF_SUMMARY_MAX_BYTES / 3)).text;
}

function startOf(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const characters = Array.from(text.slice(0, 2 * maxCharacters));
  return characters.length <= maxCharacters
    ? characters.join("")
    : `${characters.slice(0, maxCharacters - 1).join("")}…`;
}

/** Of a long path the end tells more than the beginning. */
function endOf(path: string, maxCharacters: number): string {
  if (path.length <= maxCharacters) return path;
  const characters = Array.from(path);
  return characters.length <= maxCharacters ? path : `…${characters.slice(1 - maxCharacters).join("")}`;
}
