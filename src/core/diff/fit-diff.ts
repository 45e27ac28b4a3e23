import { fileKind, isMachineWritten } from "../file-kind.ts";
import { cutAtLineEnd, cutWithNotice, formatCount, sliceSafely } from "./cut-text.ts";
import { fileNotice, restNotice } from "./left-out-notice.ts";
import { parseDiff } from "./parse-diff.ts";
import type { FileDiff } from "./file-diff.ts";

/** A diff that fits. */
export interface FittedDiff {
  readonly text: string;
  /** The files of which no changed line is shown: their names only, or not even those. */
  readonly omitted: readonly FileDiff[];
}

/** How one file is shown; `stub`, one line with its name and counts, is what every file gets at least. */
interface Entry {
  readonly file: FileDiff;
  readonly stub: string;
  /** True when people hardly read it: it gets only what the others don't need. */
  readonly givesWay: boolean;
  shown: string;
}

/** Commit headers are short; a long one may not crowd out the files. */
const PREAMBLE_SHARE = 0.1;
/** Average characters a line from which on a file counts as minified. */
const MINIFIED_LINE_LENGTH = 500;

/**
 * Cuts a diff down to `maxCharacters` UTF-16 units. A diff that fits stays as it is. Otherwise every file keeps its
 * name, status and counts, and what is left is shared fairly: small files whole, large ones cut at a line's end. Lock
 * files, generated, vendored and binary ones get only what the others don't need. When even the names don't fit, it
 * lists as many as it can. A text that is no diff is cut at a line's end.
 */
export function fitDiff(diff: string, maxCharacters: number): FittedDiff {
  if (diff.length <= maxCharacters) return { text: diff, omitted: [] };
  const { preamble, files } = parseDiff(diff);
  if (files.length === 0) return { text: cutWithNotice(diff, maxCharacters), omitted: [] };
  const entries = files.map(toEntry);
  const namesLength = entries.reduce((sum, { stub }) => sum + stub.length, 0);
  if (namesLength > maxCharacters) return { text: listNames(entries, maxCharacters), omitted: files };

  const spare = maxCharacters - namesLength;
  const keptPreamble = cutWithNotice(preamble, Math.floor(spare * PREAMBLE_SHARE));
  const start = keptPreamble === "" || keptPreamble.endsWith("\n") ? keptPreamble : `${keptPreamble}\n`;
  share(entries, spare - start.length);
  const text = start + entries.map(({ shown }) => shown).join("");
  const omitted = entries.filter(({ shown, stub }) => shown === stub).map(({ file }) => file);
  return { text, omitted };
}

function toEntry(file: FileDiff): Entry {
  const kind = fileKind(file.path);
  const machineWritten = isMachineWritten(kind);
  const stub = fileNotice(file, machineWritten ? kind : "");
  return { file, stub, shown: stub, givesWay: file.binary || machineWritten || isMinified(file) };
}

function listNames(entries: readonly Entry[], maxCharacters: number): string {
  const { first, last } = byImportance(entries);
  const reserve = moreFiles(entries.length).length;
  let text = "";
  let listed = 0;
  for (const { stub } of [...first, ...last]) {
    if (text.length + stub.length + reserve > maxCharacters) break;
    text += stub;
    listed += 1;
  }
  return sliceSafely(text + moreFiles(entries.length - listed), maxCharacters);
}

function moreFiles(count: number): string {
  return `… and ${formatCount(count)} more ${count === 1 ? "file" : "files"}`;
}

function isMinified({ text, added, removed }: FileDiff): boolean {
  return text.length > MINIFIED_LINE_LENGTH * (added + removed + 10);
}

/** Shares `spare` characters among the files that people read, and what these leave among the others. */
function share(entries: readonly Entry[], spare: number): void {
  const { first, last } = byImportance(entries);
  shareFairly(last, shareFairly(first, spare));
}

function byImportance(entries: readonly Entry[]) {
  return {
    first: entries.filter(({ givesWay }) => !givesWay),
    last: entries.filter(({ givesWay }) => givesWay),
  };
}

/** From the smallest file on, each gets at most an equal part of what is left; answers with what nobody needed. */
function shareFairly(entries: readonly Entry[], spare: number): number {
  const bySize = [...entries].sort((one, other) => one.file.text.length - other.file.text.length);
  let left = spare;
  bySize.forEach((entry, index) => {
    const part = Math.floor(left / (bySize.length - index));
    entry.shown = show(entry, entry.stub.length + part);
    left -= entry.shown.length - entry.stub.length;
  });
  return left;
}

function show({ file, stub }: Entry, maxCharacters: number): string {
  const whole = file.text.endsWith("\n") ? file.text : `${file.text}\n`;
  if (whole.length <= maxCharacters) return whole;
  return cutFile(file, whole, maxCharacters) ?? stub;
}

/** The start of a file's diff, with its counts; undefined when not one changed line would fit. */
function cutFile(file: FileDiff, text: string, maxCharacters: number): string | undefined {
  const reserve = restNotice(file, text.length).length;
  const firstHunk = text.indexOf("\n@@");
  const firstLine = firstHunk < 0 ? -1 : text.indexOf("\n", firstHunk + 1);
  const { kept, rest } = cutAtLineEnd(text, maxCharacters - reserve);
  if (firstLine < 0 || kept.length <= firstLine + 1) return undefined;
  return kept + restNotice(file, countLines(rest));
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
