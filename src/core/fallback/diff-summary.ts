import type { FileDiff } from "../diff.ts";

/** A file as a summary of a diff names it. */
export interface SummaryFile {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: FileDiff["status"] | "unknown";
  readonly binary: boolean;
  readonly added: number | undefined;
  readonly removed: number | undefined;
}

/** What a summary of a diff tells. */
export interface DiffSummary {
  readonly files: readonly SummaryFile[];
  readonly total: SummaryTotal | undefined;
}

interface SummaryTotal {
  /** More than are named when the summary is cut, or is its last line only; 0 when it says that none changes. */
  readonly fileCount: number;
  readonly added: number;
  readonly removed: number;
}

interface LineFormat {
  readonly pattern: RegExp;
  readonly read: (...groups: readonly (string | undefined)[]) => SummaryFile;
}

const LONGEST_LINE = 5_000;

const STATUSES: Readonly<Record<string, SummaryFile["status"]>> = {
  A: "added",
  C: "copied",
  D: "deleted",
  M: "modified",
  R: "renamed",
};

/** A line of `--numstat`, of `--name-status`, and of `--stat`. */
const FORMATS: readonly LineFormat[] = [
  {
    pattern: /^(\d{1,9}|-)\t(\d{1,9}|-)\t(\S.*)$/,
    read: (added = "", removed = "", name = "") =>
      toFile(name, added === "-", toCount(added), toCount(removed)),
  },
  {
    pattern: /^([ACDMR])\d{0,3}\t([^\t]+)(?:\t(.+))?$/,
    read: (status = "", path = "", newPath) => ({
      ...toFile(newPath === undefined ? path : `${path} => ${newPath}`),
      status: STATUSES[status] ?? "unknown",
    }),
  },
  { pattern: /^ ?(\S[^|]*\S|\S) +\| +Bin\b/, read: (name = "") => toFile(name, true) },
  {
    pattern: /^ ?(\S[^|]*\S|\S) +\| +(\d{1,9})(?: +(\+*)(-*))?$/,
    read: (name = "", changed = "", plus = "", minus = "") =>
      fromGraph(name, Number(changed), plus.length, minus.length),
  },
];

const TOTAL =
  /^ ?(\d{1,9}) files? changed(?:, (\d{1,9}) insertions?\(\+\))?(?:, (\d{1,9}) deletions?\(-\))?$/;

/** Reads the output of `git diff` with `--stat`, `--numstat` or `--name-status`. Other lines tell nothing. */
export function parseSummary(text: string): DiffSummary {
  const files: SummaryFile[] = [];
  let total: SummaryTotal | undefined;
  for (const line of text.split("\n").map((each) => each.trimEnd())) {
    if (line === "" || line.length > LONGEST_LINE) continue;
    const file = readFile(line);
    if (file) files.push(file);
    else total = readTotal(line) ?? total;
  }
  return { files, total: total ?? sumOf(files) };
}

function readFile(line: string): SummaryFile | undefined {
  for (const { pattern, read } of FORMATS) {
    const match = pattern.exec(line);
    if (match) return read(...match.slice(1));
  }
  return undefined;
}

function readTotal(line: string): SummaryTotal | undefined {
  const match = TOTAL.exec(line);
  if (!match) return undefined;
  const [, fileCount, added = 0, removed = 0] = match;
  return { fileCount: Number(fileCount), added: Number(added), removed: Number(removed) };
}

function toCount(text: string): number | undefined {
  return text === "-" ? undefined : Number(text);
}

/** The graph of `--stat` is scaled when it is wide; only an unscaled one tells added from removed lines. */
function fromGraph(name: string, changed: number, plus: number, minus: number): SummaryFile {
  return plus + minus === changed ? toFile(name, false, plus, minus) : toFile(name);
}

const MOVED_PART = /^([^{}]*)\{([^{}]*) => ([^{}]*)\}([^{}]*)$/;

function toFile(name: string, binary = false, added?: number, removed?: number): SummaryFile {
  const common = { binary, added, removed };
  const [, start = "", from, to, end = ""] = MOVED_PART.exec(name) ?? [];
  if (from !== undefined && to !== undefined) return renamed(start + from + end, start + to + end, common);
  const arrow = name.indexOf(" => ");
  if (arrow > 0) return renamed(name.slice(0, arrow), name.slice(arrow + 4), common);
  return { path: name, status: "unknown", ...common };
}

function renamed(
  from: string,
  to: string,
  common: Pick<SummaryFile, "binary" | "added" | "removed">,
): SummaryFile {
  return {
    path: to.replaceAll("//", "/"),
    previousPath: from.replaceAll("//", "/"),
    status: "renamed",
    ...common,
  };
}

function sumOf(files: readonly SummaryFile[]): SummaryTotal | undefined {
  const counted = files.filter(({ added }) => added !== undefined);
  if (counted.length === 0) return undefined;
  const total = { fileCount: files.length, added: 0, removed: 0 };
  for (const { added = 0, removed = 0 } of counted) {
    total.added += added;
    total.removed += removed;
  }
  return total;
}
