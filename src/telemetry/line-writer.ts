import { fstatSync, writeSync } from "node:fs";
import type { DestinationStream } from "pino";

interface LineWriterOptions {
  readonly fd: number;
  /** The line, with its end, that stands for so many that are lost. */
  readonly toNotice: (lines: number) => string;
  /** Most characters that wait for a reader who is too slow; what comes beyond is lost. Default: 16 Mi. */
  readonly maxHeld?: number;
}

const MAX_HELD = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** As many bytes a pipe takes as a whole or not at all (POSIX's PIPE_BUF on Linux). */
const WHOLE_BYTES = 4_096;

/** How long a pipe that is full is left to its reader: at first, and at most. */
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 32;

/** How long a process that ends waits for the reader of its last lines: to take any, and to take all. */
const LAST_WAIT_MS = 1_000;
const LAST_WAITS_MS = 10_000;

/**
 * Writes the lines of one turn of the event loop at its end, with one system call, or few for a pipe: they take longer
 * than all else that a line needs. Never throws and never waits: lines that a full pipe does not take are held until it
 * does, and those that a full disk or a closed pipe refuses are lost, since a service is worth more than its log; a line
 * tells of them in their place. Ending the process in any orderly way writes what is held, as long as somebody takes it;
 * a kill loses the lines of its last turn, and what a slow reader has left.
 *
 * The file must be one that never blocks. Of a pipe `process.stdout` and `process.stderr` make such a one on first use,
 * for all who have it; a child process that inherits it may undo that.
 */
export function createLineWriter({ fd, toNotice, maxHeld = MAX_HELD }: LineWriterOptions): DestinationStream {
  const isFile = isRegularFile(fd);
  /** Lines that nobody has tried to write, and the rest of those that have been begun. */
  let held = "";
  let rest = Buffer.alloc(0);
  /** Lines that are lost, and of which no line tells yet. */
  let lost = 0;
  /** Lines that tell of lost ones, and are still to be written; and of how many they tell. */
  let notices = 0;
  let noticed = 0;
  let waitMs = FIRST_WAIT_MS;
  let isPlanned = false;
  /** Of what was written. One that ends no line tells of a torn one, should the rest be lost. */
  let lastByte = NEWLINE;
  let hasComplained = false;

  function planFlush(): void {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(flush);
  }

  function flush(): void {
    isPlanned = false;
    if (writeAll() === "full") {
      isPlanned = true;
      setTimeout(flush, waitMs).unref();
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      return;
    }
    waitMs = FIRST_WAIT_MS;
  }

  /** Writes until nothing is left, or no more is taken. */
  function writeAll(): "done" | "full" {
    try {
      while (hasRest()) {
        const written = writeSync(fd, isFile ? rest : toPiece(rest));
        lastByte = rest[written - 1] ?? lastByte;
        rest = rest.subarray(written);
      }
      notices = noticed = 0;
      return "done";
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return "full";
      lose(error);
      return "done";
    }
  }

  /** Begins with what is held once there is none of the earlier left. */
  function hasRest(): boolean {
    if (rest.length === 0 && held !== "") {
      rest = Buffer.from(lastByte === NEWLINE ? held : `\n${held}`);
      held = "";
    }
    return rest.length > 0;
  }

  function lose(error: unknown): void {
    // Of notices among them, what they tell.
    lost += linesIn(rest.toString()) + linesIn(held) + noticed - notices;
    notices = noticed = 0;
    rest = Buffer.alloc(0);
    held = "";
    if (!hasComplained) complain(codeOf(error));
    hasComplained = true;
  }

  function write(line: string): void {
    if (held.length + rest.length + line.length > maxHeld) {
      lost += 1;
      return;
    }
    notice();
    held += line;
    planFlush();
  }

  /** Tells of lines that are lost. */
  function notice(): void {
    if (lost === 0) return;
    held += toNotice(lost);
    notices += 1;
    noticed += lost;
    lost = 0;
  }

  process.on("exit", () => {
    const endMs = performance.now() + LAST_WAITS_MS;
    let left = Infinity;
    let patientUntilMs = 0;
    notice();
    while (writeAll() === "full" || held !== "") {
      const nowMs = performance.now();
      if (rest.length < left) patientUntilMs = Math.min(nowMs + LAST_WAIT_MS, endMs);
      left = rest.length;
      if (nowMs >= patientUntilMs) return;
      pause(FIRST_WAIT_MS);
    }
  });
  return { write };
}

function isRegularFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    // One that is closed is none of any kind.
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

/** How many lines end in a text, but for an empty one that it begins with. */
function linesIn(text: string): number {
  return text.split("\n").length - 1 - (text.startsWith("\n") ? 1 : 0);
}

/** What of some bytes a pipe takes as a whole: others who write to it then get between lines only. */
function toPiece(bytes: Buffer): Buffer {
  if (bytes.length <= WHOLE_BYTES) return bytes;
  const end = bytes.lastIndexOf(NEWLINE, WHOLE_BYTES - 1);
  if (end !== -1) return bytes.subarray(0, end + 1);
  const next = bytes.indexOf(NEWLINE, WHOLE_BYTES);
  return next === -1 ? bytes : bytes.subarray(0, next + 1);
}

function complain(code: string): void {
  try {
    writeSync(2, `stepper: the log can not be written (${code}); its lines are lost until it can\n`);
  } catch {
    // Then nobody can be told.
  }
}

/** Blocks the thread, which has nothing else to do when the process ends. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
