import { createLinePieces } from "./line-pieces.ts";

const FILE_START = "diff --git ";
const HUNK_START = "@@";

interface SampleLimits {
  /** Bytes kept of each file. */
  readonly maxFileBytes: number;
  /** Bytes kept in all. Files after that keep their header only; after twice as much nothing is kept. */
  readonly maxBytes: number;
}

/** Keeps the beginning of every file of a diff that streams by, in bounded memory. */
export interface DiffSampler {
  /** Takes the next bytes; false when nothing more will be kept. */
  take(chunk: Buffer): boolean;
  /** What was kept; the header of a file that was cut says how much is missing. */
  end(): string;
}

/** The file that streams by. */
interface OpenFile {
  keptBytes: number;
  /** Where in the kept pieces its first hunk begins. */
  firstHunk: number | undefined;
  /** True once any of it was not kept. */
  cut: boolean;
  /** Its whole lines that were not kept. */
  omitted: number;
  added: number;
  deleted: number;
}

/**
 * Samples a unified diff. One huge generated file must not crowd out the small ones after it, which is what keeping
 * the first bytes of the whole would do.
 */
export function createDiffSampler({ maxFileBytes, maxBytes }: SampleLimits): DiffSampler {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let file = openFile();

  const roomLeft = () => {
    const allowed = file.firstHunk === undefined ? 2 * maxBytes : maxBytes;
    return keptBytes >= allowed ? 0 : Math.max(0, maxFileBytes - file.keptBytes);
  };
  const keep = (bytes: Buffer) => {
    // A copy: a slice would keep its whole chunk alive.
    kept.push(Buffer.from(bytes));
    keptBytes += bytes.length;
    file.keptBytes += bytes.length;
  };
  const endFile = () => {
    if (file.cut) markCut(kept, file);
    file = openFile();
  };
  const lines = createLinePieces(FILE_START.length, (piece, startsLine) => {
    if (startsLine && startsWith(piece, FILE_START)) endFile();
    if (startsLine && startsWith(piece, HUNK_START)) file.firstHunk ??= kept.length;
    const room = roomLeft();
    if (room < piece.length) file.cut = true;
    if (room > 0) keep(piece.subarray(0, room));
    else if (startsLine) countOmitted(file, piece);
  });

  return {
    take(chunk) {
      lines.take(chunk);
      return keptBytes < 2 * maxBytes;
    },
    end() {
      lines.end();
      endFile();
      return Buffer.concat(kept).toString();
    },
  };
}

function openFile(): OpenFile {
  return { keptBytes: 0, firstHunk: undefined, cut: false, omitted: 0, added: 0, deleted: 0 };
}

function countOmitted(file: OpenFile, line: Buffer): void {
  file.omitted += 1;
  if (startsWith(line, "+")) file.added += 1;
  if (startsWith(line, "-")) file.deleted += 1;
}

/** Stands above the first hunk, since whoever cuts the diff further cuts from the end. */
function markCut(kept: Buffer[], { firstHunk, omitted, added, deleted }: OpenFile): void {
  if (kept.at(-1)?.toString().endsWith("\n") === false) kept.push(Buffer.from("…\n"));
  const note = `[${omitted} more lines of this file are not shown: +${added} -${deleted}]\n`;
  kept.splice(firstHunk ?? kept.length, 0, Buffer.from(note));
}

function startsWith(bytes: Buffer, prefix: string): boolean {
  return bytes.length >= prefix.length && bytes.toString("latin1", 0, prefix.length) === prefix;
}
