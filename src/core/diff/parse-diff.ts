import type { FileDiff, FileStatus } from "./file-diff.ts";
import { isComplete, takeLine } from "./hunk.ts";
import type { Hunk } from "./hunk.ts";
import { openFile, readHeaderLine } from "./open-file.ts";
import type { OpenFile } from "./open-file.ts";

/** A diff by file. `preamble` and the texts of all files, joined, are the input again. */
export interface ParsedDiff {
  /** What stands before the first file, such as the header of `git show`; all of the text when it is no diff. */
  preamble: string;
  files: FileDiff[];
}

/**
 * Reads the output of `git diff`, `git show` and `diff -u`, merges and binary patches included, in linear time. Hunks
 * are read by the line counts of their headers, so a removed line that looks like a header is none. `files` is empty
 * when the text is no unified diff.
 */
export function parseDiff(diff: string): ParsedDiff {
  const lines = diff.split("\n");
  const files: OpenFile[] = [];
  let offset = 0;
  lines.forEach((line, index) => {
    const current = files.at(-1);
    if (!current || !takeHunkLine(current, line)) {
      const opened = openFile(lines, index, offset, current);
      if (opened) files.push(opened);
      const file = opened ?? current;
      if (file) readHeaderLine(file, lines, index);
    }
    offset += line.length + 1;
  });
  return { preamble: diff.slice(0, files[0]?.start ?? diff.length), files: toFileDiffs(files, diff) };
}

/** Stands for a hunk that broke off: nothing more of its file is read as a header. */
const BROKEN_HUNK: Hunk = { oldLines: [], newLines: 0 };

function takeHunkLine(file: OpenFile, line: string): boolean {
  const hunk = file.hunk;
  if (!hunk || isComplete(hunk)) return false;
  const kind = takeLine(hunk, line);
  if (kind === "added") file.added += 1;
  if (kind === "removed") file.removed += 1;
  if (kind === "outside") file.hunk = BROKEN_HUNK;
  return kind !== "outside";
}

function toFileDiffs(files: readonly OpenFile[], diff: string): FileDiff[] {
  return files.map((file, index) => toFileDiff(file, diff.slice(file.start, files[index + 1]?.start)));
}

function toFileDiff(file: OpenFile, text: string): FileDiff {
  const { from, binary, added, removed } = file;
  const named = file.origin === "git" ? (file.header ?? file.marked) : (file.marked ?? file.header);
  const path = file.to ?? named?.newPath ?? named?.oldPath ?? "";
  const renamed = from === undefined ? {} : { previousPath: from };
  return { path, ...renamed, status: file.status ?? markedStatus(file), binary, added, removed, text };
}

/** Plain diffs and merges tell of a new or deleted file only by a missing side. */
function markedStatus({ marked, header }: OpenFile): FileStatus {
  const paths = marked ?? header;
  if (!paths || (paths.oldPath === undefined) === (paths.newPath === undefined)) return "modified";
  return paths.oldPath === undefined ? "added" : "deleted";
}
