import { parseDiff } from "../diff.ts";
import type { FileDiff } from "../diff.ts";
import { hunkLines } from "../diff/hunk-lines.ts";
import type { DiffLine } from "../diff/hunk-lines.ts";
import { fileKind, isMachineWritten } from "../file-kind.ts";
import type { FileKind } from "../file-kind.ts";
import type { ReportRequest } from "../report-request.ts";
import { parseSummary } from "./diff-summary.ts";
import type { DiffSummary, SummaryFile } from "./diff-summary.ts";
import { oneLine } from "./wording.ts";

/** One file of a commit, with what is known of it. */
export interface ChangedFile {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: FileDiff["status"] | "unknown";
  readonly binary: boolean;
  /** Lines; undefined when the request doesn't tell. */
  readonly added: number | undefined;
  readonly removed: number | undefined;
  readonly kind: FileKind;
  /** The diff's lines, where there is a diff that people wrote. */
  readonly lines: readonly DiffLine[];
}

/** A commit's files, and how many lines it changes in all. */
export interface ChangedFiles {
  readonly files: readonly ChangedFile[];
  /** How many there are; a summary may count more than it names. */
  readonly fileCount: number;
  /** Undefined when neither a diff nor a summary tells. */
  readonly total: { readonly added: number; readonly removed: number } | undefined;
  /** Where files and counts come from. `empty` is a commit that is known to change no file. */
  readonly source: "diff" | "summary" | "list" | "empty" | "nothing";
}

/** Reads the files from the diff, or from a summary such as `git diff --stat`, and adds those that are only listed. */
export function toChangedFiles({ files: listed, diffSummary }: ReportRequest): ChangedFiles {
  const { files: diffed } = parseDiff(diffSummary);
  if (diffed.length > 0) {
    const files = withListed(diffed.map(fromDiff), listed);
    return { files, fileCount: files.length, total: sum(diffed), source: "diff" };
  }
  const summary = parseSummary(diffSummary);
  const files = withListed(summary.files.map(fromSummary), listed);
  const fileCount = Math.max(files.length, summary.total?.fileCount ?? 0);
  return { files, fileCount, total: summary.total, source: sourceOf(summary, fileCount) };
}

function sourceOf({ files, total }: DiffSummary, fileCount: number): ChangedFiles["source"] {
  if (files.length > 0 || (total && total.fileCount > 0)) return "summary";
  if (fileCount > 0) return "list";
  return total ? "empty" : "nothing";
}

function fromDiff(file: FileDiff): ChangedFile {
  const { path, status, binary, added, removed, previousPath, text } = file;
  const kind = fileKind(path);
  const lines = binary || isMachineWritten(kind) ? [] : hunkLines(text);
  const renamed = previousPath === undefined ? {} : { previousPath };
  return { path, ...renamed, status, binary, added, removed, kind, lines };
}

function fromSummary({ path, previousPath, status, binary, added, removed }: SummaryFile): ChangedFile {
  const renamed = previousPath === undefined ? {} : { previousPath };
  return { path, ...renamed, status, binary, added, removed, kind: fileKind(path), lines: [] };
}

function fromList(path: string): ChangedFile {
  const unknown = { status: "unknown", binary: false, added: undefined, removed: undefined } as const;
  return { path, ...unknown, kind: fileKind(path), lines: [] };
}

function withListed(files: readonly ChangedFile[], listed: readonly string[]): readonly ChangedFile[] {
  const known = new Set(files.flatMap(({ path, previousPath }) => [path, previousPath]));
  const more = [...new Set(listed.map((path) => path.trim().replace(/^\.\//, "")))];
  return [...files, ...more.filter((path) => oneLine(path) !== "" && !known.has(path)).map(fromList)];
}

function sum(files: readonly FileDiff[]) {
  const added = files.reduce((lines, file) => lines + file.added, 0);
  return { added, removed: files.reduce((lines, file) => lines + file.removed, 0) };
}

/** How many lines of the file change, as far as is known. */
export function changedLines({ added = 0, removed = 0 }: Pick<ChangedFile, "added" | "removed">): number {
  return added + removed;
}

/** The most changed file first; equal ones as they came. */
export function byChangedLines(one: ChangedFile, other: ChangedFile): number {
  return changedLines(other) - changedLines(one);
}
