/** What a diff's hunk still has to show, as its header promised. */
export interface Hunk {
  /** Lines still to come from each old side: one side, or one for each parent in a merge's combined diff. */
  readonly oldLines: number[];
  /** Lines still to come from the new side. */
  newLines: number;
}

/** What one line of a hunk is; `outside` when the hunk can't hold it. */
export type HunkLine = "added" | "removed" | "context" | "outside";

/** Far longer than any honest header; bounds the work on a hostile line. */
const LONGEST_HEADER = 400;
const RANGE = /^[-+]\d+(?:,(\d+))?$/;

/** Reads `@@ -1,2 +3,4 @@` and a combined diff's `@@@ -1,2 -1,3 +1,4 @@@`; undefined when the line is neither. */
export function toHunk(line: string): Hunk | undefined {
  if (!line.startsWith("@@")) return undefined;
  const [marker = "", ...ranges] = line.slice(0, LONGEST_HEADER).split(" ");
  const end = ranges.findIndex((range) => range.startsWith("@@"));
  if (end < 2 || ranges[end]?.slice(0, marker.length) !== marker) return undefined;
  const lengths = ranges.slice(0, end).map(rangeLength);
  const newLines = lengths.pop();
  if (newLines === undefined || lengths.length !== marker.length - 1) return undefined;
  return lengths.every((length) => length !== undefined) ? { oldLines: lengths, newLines } : undefined;
}

function rangeLength(range: string): number | undefined {
  const match = RANGE.exec(range);
  if (!match) return undefined;
  return match[1] === undefined ? 1 : Number(match[1]);
}

/** True once the hunk has shown all its header promised: the next line is no part of it, whatever it looks like. */
export function isComplete(hunk: Hunk): boolean {
  return hunk.newLines <= 0 && hunk.oldLines.every((lines) => lines <= 0);
}

/** Takes a line off what the hunk still has to show, and says what the line was. */
export function takeLine(hunk: Hunk, line: string): HunkLine {
  if (line.startsWith("\\")) return "context";
  return hunk.oldLines.length === 1 ? takePlainLine(hunk, line) : takeCombinedLine(hunk, line);
}

function takePlainLine(hunk: Hunk, line: string): HunkLine {
  const first = line[0];
  if (first === "+") {
    hunk.newLines -= 1;
    return "added";
  }
  const kind = first === "-" ? "removed" : isContext(first) ? "context" : "outside";
  if (kind !== "outside") takeOldLine(hunk, 0);
  if (kind === "context") hunk.newLines -= 1;
  return kind;
}

/** Editors and mail programs strip a blank context line down to nothing. */
function isContext(first: string | undefined): boolean {
  return first === " " || first === undefined || first === "\r" || first === "\t";
}

/** Each parent has a column: `-` its line is gone, `+` it lacks the line, a space it has the line (if the result has). */
function takeCombinedLine(hunk: Hunk, line: string): HunkLine {
  const columns = line.slice(0, hunk.oldLines.length);
  if (/[^-+ \r]/.test(columns)) return "outside";
  const removed = columns.includes("-");
  const held = removed ? "-" : " ";
  hunk.oldLines.forEach((_, parent) => {
    if ((columns[parent] ?? " ") === held) takeOldLine(hunk, parent);
  });
  if (removed) return "removed";
  hunk.newLines -= 1;
  return columns.includes("+") ? "added" : "context";
}

function takeOldLine(hunk: Hunk, parent: number): void {
  hunk.oldLines[parent] = (hunk.oldLines[parent] ?? 0) - 1;
}
