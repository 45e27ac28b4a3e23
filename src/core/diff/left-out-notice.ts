import { formatCount } from "./cut-text.ts";
import type { FileOutline } from "./file-diff.ts";

const LONGEST_NAME = 200;

/** The line that stands for a whole file; `reason` tells why it gave way, such as `lock file`. */
export function fileNotice(file: FileOutline, reason = ""): string {
  const { status, path, previousPath, binary, added, removed } = file;
  const name = previousPath === undefined ? toName(path) : `${toName(previousPath)} → ${toName(path)}`;
  const counts = binary ? "binary" : `+${added} -${removed}`;
  return `[… ${status} ${name} (${counts}${reason === "" ? "" : `, ${reason}`}), left out]\n`;
}

/** The line that stands for the rest of a file. */
export function restNotice({ status, added, removed }: FileOutline, lines: number): string {
  const counts = `${status}, +${added} -${removed} in all`;
  return `[… ${formatCount(lines)} more ${lines === 1 ? "line" : "lines"} of this file left out; ${counts}]\n`;
}

/** A name on one line; of an endless one the end, which tells most. */
function toName(path: string): string {
  const line = path.replace(/\p{Cc}/gu, "?");
  return line.length <= LONGEST_NAME ? line : `…${line.slice(-LONGEST_NAME).replace(/^[\uDC00-\uDFFF]/, "")}`;
}

const FILE_NOTICE =
  /^\[… (added|deleted|modified|renamed|copied) (\S.*) \((?:binary|\+(\d{1,9}) -(\d{1,9}))(?:, [a-z ]+)?\), left out\]$/;
const REST_NOTICE = /^\[… [\d,]+ more lines? of this file left out; [a-z]+, \+(\d{1,9}) -(\d{1,9}) in all\]$/;

/** Reads {@link fileNotice} back, so that a diff can be cut twice, and be counted after it was cut. */
export function readFileNotice(line: string): FileOutline | undefined {
  const [, status, name = "", added, removed = ""] = (line.startsWith("[… ") && FILE_NOTICE.exec(line)) || [];
  if (status === undefined) return undefined;
  const [from, to] = name.split(" → ", 2);
  const moved = to !== undefined && (status === "renamed" || status === "copied");
  const names = moved && from !== undefined ? { path: to, previousPath: from } : { path: name };
  const counts = { binary: added === undefined, added: Number(added ?? 0), removed: Number(removed) };
  return { ...names, status: status as FileOutline["status"], ...counts };
}

/** Reads the counts of a whole file from {@link restNotice}. */
export function readRestNotice(line: string): Pick<FileOutline, "added" | "removed"> | undefined {
  const match = line.startsWith("[… ") ? REST_NOTICE.exec(line) : null;
  return match ? { added: Number(match[1]), removed: Number(match[2]) } : undefined;
}
