import { writeText } from "./command-context.ts";
import type { TextSink } from "./command-context.ts";
import { describeEvent } from "./describe-event.ts";
import { toOneLine } from "./one-line.ts";
import type { ReportEvent } from "./report-source.ts";

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const SHORT_SHA = 7;

// Without wrapping a long line is cut off by the terminal, and one line stays one row to move back over.
const WRAP_OFF = "\u001b[?7l";
const WRAP_ON = "\u001b[?7h";

/** Calls back at an interval until the answer is called. */
export type Every = (intervalMs: number, callback: () => void) => () => void;

/** What is shown of one commit in the making. */
interface CommitProgress {
  onEvent(event: ReportEvent): void;
  end(): void;
}

/** One live line per commit in the making. */
export interface Progress {
  begin(commitSha: string, subject: string): CommitProgress;
  /** Takes the lines off the screen until the next frame, so that something else can be written. */
  clear(): void;
  /** Writes whole lines to stderr, above the live ones. */
  write(lines: string): Promise<void>;
  close(): void;
}

interface ProgressDependencies {
  readonly stderr: TextSink;
  /** Milliseconds, from anywhere on. */
  readonly now: () => number;
  readonly every: Every;
}

interface Line {
  readonly label: string;
  readonly startedAtMs: number;
  status: string;
}

/** Shows progress on a terminal; on anything else it writes nothing by itself. */
export function createProgress(dependencies: ProgressDependencies): Progress {
  const { stderr } = dependencies;
  return stderr.isTTY === true ? createLiveProgress(dependencies) : createSilentProgress(stderr);
}

function createSilentProgress(stderr: TextSink): Progress {
  return {
    begin: () => ({ onEvent: () => undefined, end: () => undefined }),
    clear: () => undefined,
    write: (lines) => writeText(stderr, lines),
    close: () => undefined,
  };
}

function createLiveProgress({ stderr, now, every }: ProgressDependencies): Progress {
  const lines = new Set<Line>();
  let drawnRows = 0;
  let frame = 0;
  const write = (text: string) => stderr.write(text, () => undefined);

  const clear = () => {
    if (drawnRows > 0) write(eraseRows(drawnRows));
    drawnRows = 0;
  };
  const draw = () => {
    frame += 1;
    const spinner = FRAMES[frame % FRAMES.length] ?? "";
    const rows = Array.from(lines, (line) => `${spinner} ${toRow(line, now())}\n`);
    if (rows.length === 0 && drawnRows === 0) return;
    // In one write: a frame that is torn apart flickers, and would leave wrapping off if we died in between.
    write(`${eraseRows(drawnRows)}${WRAP_OFF}${rows.join("")}${WRAP_ON}`);
    drawnRows = rows.length;
  };
  const stop = every(FRAME_MS, draw);

  return {
    begin: (commitSha, subject) => {
      const label = `${commitSha.slice(0, SHORT_SHA)} ${toOneLine(subject)}`;
      const line: Line = { label, startedAtMs: now(), status: "asking" };
      lines.add(line);
      return {
        onEvent: (event) => {
          line.status = describeEvent(event) ?? line.status;
        },
        end: () => {
          lines.delete(line);
        },
      };
    },
    clear,
    write: (lines) => {
      clear();
      return writeText(stderr, lines);
    },
    close: () => {
      stop();
      clear();
    },
  };
}

function eraseRows(rows: number): string {
  return rows === 0 ? "" : `\u001b[${rows}A\u001b[J`;
}

function toRow({ label, startedAtMs, status }: Line, nowMs: number): string {
  const elapsed = Math.floor((nowMs - startedAtMs) / 1_000);
  return `${elapsed}s ${toOneLine(status)} · ${label}`;
}
