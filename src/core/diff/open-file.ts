import type { FileStatus } from "./file-diff.ts";
import { toGitHeaderPaths, toMarkedPaths, unquotePath } from "./header-path.ts";
import type { HeaderPaths } from "./header-path.ts";
import { toHunk } from "./hunk.ts";
import type { Hunk } from "./hunk.ts";
import { readFileNotice, readRestNotice } from "./left-out-notice.ts";

/** A file of a diff while it is read: what its headers have said so far. */
export interface OpenFile {
  /** Where its text starts. */
  readonly start: number;
  readonly origin: "git" | "plain" | "notice";
  /** What the line that opened it names. */
  readonly header: HeaderPaths | undefined;
  /** What `---` and `+++` name. */
  marked?: HeaderPaths;
  /** What a rename or a copy names. */
  from?: string | undefined;
  to?: string;
  status?: FileStatus;
  binary: boolean;
  added: number;
  removed: number;
  hunk?: Hunk;
}

const GIT_HEADER = "diff --git ";
const COMBINED_HEADER = /^diff --(?:cc|combined) /;
const BINARY_FILES = "Binary files ";
const SVN_HEADER = "Index: ";
const DIFFER = " differ";

/** Opens the file that the line at `index` begins, if it begins one. The line is outside of all hunks. */
export function openFile(
  lines: readonly string[],
  index: number,
  start: number,
  current: OpenFile | undefined,
): OpenFile | undefined {
  const line = (lines[index] ?? "").trimEnd();
  const named = openGitFile(line, start) ?? openNoticedFile(line, start);
  if (named) return named;
  if (line.startsWith(SVN_HEADER) && lines[index + 1]?.startsWith("=====") === true) {
    return newFile(start, "plain", samePaths(line.slice(SVN_HEADER.length)));
  }
  if (line.startsWith("diff -") && isMarkedPair(lines, index + 1)) return newFile(start, "plain");
  const awaitsContent = current !== undefined && !current.marked && !current.hunk && !current.binary;
  if (awaitsContent && current.origin !== "notice") return undefined;
  if (isMarkedPair(lines, index)) return newFile(start, "plain");
  return current?.origin === "git" ? undefined : openPlainBinary(line, start);
}

function openGitFile(line: string, start: number): OpenFile | undefined {
  if (line.startsWith(GIT_HEADER))
    return newFile(start, "git", toGitHeaderPaths(line.slice(GIT_HEADER.length)));
  const combined = COMBINED_HEADER.exec(line);
  return combined ? newFile(start, "git", samePaths(unquotePath(line.slice(combined[0].length)))) : undefined;
}

/** A diff that was cut before has a line in place of each file that is left out. */
function openNoticedFile(line: string, start: number): OpenFile | undefined {
  const outline = readFileNotice(line);
  if (!outline) return undefined;
  const { path, previousPath, ...counted } = outline;
  return { ...newFile(start, "notice", samePaths(path)), from: previousPath, ...counted };
}

function openPlainBinary(line: string, start: number): OpenFile | undefined {
  const middle = line.lastIndexOf(" and ");
  const namesTwo = line.startsWith(BINARY_FILES) && line.endsWith(DIFFER) && middle >= BINARY_FILES.length;
  if (!namesTwo) return undefined;
  const newName = line.slice(middle + " and ".length, -DIFFER.length);
  return newFile(start, "plain", toMarkedPaths(line.slice(BINARY_FILES.length, middle), newName));
}

function isMarkedPair(lines: readonly string[], index: number): boolean {
  if (!lines[index]?.startsWith("--- ") || !lines[index + 1]?.startsWith("+++ ")) return false;
  return toHunk(lines[index + 2] ?? "") !== undefined;
}

function newFile(start: number, origin: OpenFile["origin"], header?: HeaderPaths): OpenFile {
  return { start, origin, header, binary: false, added: 0, removed: 0 };
}

function samePaths(path: string): HeaderPaths {
  return { oldPath: path, newPath: path };
}

/** What a line before a file's first hunk says, by how it starts. */
const HEADER_LINES: readonly (readonly [start: string, read: (file: OpenFile, rest: string) => void])[] = [
  ["new file mode", (file) => (file.status = "added")],
  ["deleted file mode", (file) => (file.status = "deleted")],
  ["rename from ", (file, rest) => ((file.status = "renamed"), (file.from = unquotePath(rest)))],
  ["rename to ", (file, rest) => (file.to = unquotePath(rest))],
  ["copy from ", (file, rest) => ((file.status = "copied"), (file.from = unquotePath(rest)))],
  ["copy to ", (file, rest) => (file.to = unquotePath(rest))],
  [BINARY_FILES, (file) => (file.binary = true)],
  ["GIT binary patch", (file) => (file.binary = true)],
  ["Cannot display: file marked as a binary type", (file) => (file.binary = true)],
];

/** Takes what a line outside of all hunks tells of its file. */
export function readHeaderLine(file: OpenFile, lines: readonly string[], index: number): void {
  const line = lines[index] ?? "";
  const hunk = toHunk(line);
  if (hunk) file.hunk = hunk;
  if (file.hunk) Object.assign(file, readRestNotice(line));
  else readExtendedHeader(file, line, lines[index + 1] ?? "");
}

function readExtendedHeader(file: OpenFile, line: string, next: string): void {
  if (line.startsWith("--- ") && next.startsWith("+++ "))
    file.marked = toMarkedPaths(line.slice(4), next.slice(4));
  const entry = HEADER_LINES.find(([start]) => line.startsWith(start));
  if (entry) entry[1](file, line.slice(entry[0].length).trimEnd());
}
