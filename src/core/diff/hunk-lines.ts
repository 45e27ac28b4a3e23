import { isComplete, takeLine, toHunk } from "./hunk.ts";
import type { Hunk } from "./hunk.ts";

/** One line of a file's diff. `heading` is what git prints after a hunk's `@@`: the function the hunk is in. */
export interface DiffLine {
  readonly kind: "added" | "removed" | "context" | "heading";
  /** Without its `+`, `-` or space. */
  readonly text: string;
}

/** The lines of a file's hunks that aren't blank, in order, from the text of its diff. */
export function hunkLines(fileText: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let hunk: Hunk | undefined;
  for (const line of fileText.split("\n")) {
    if (hunk && !isComplete(hunk)) {
      const kind = takeLine(hunk, line);
      const text = line.slice(hunk.oldLines.length);
      if (kind === "outside") hunk = undefined;
      else if (text !== "" && text !== "\r") lines.push({ kind, text });
    } else {
      hunk = toHunk(line) ?? hunk;
      if (line.startsWith("@@")) lines.push({ kind: "heading", text: headingOf(line) });
    }
  }
  return lines;
}

function headingOf(line: string): string {
  const end = line.indexOf(" @@", 2);
  return end < 0 ? "" : line.slice(end).replace(/^ @+ ?/, "");
}
