import { writeSync } from "node:fs";
import type { DestinationStream } from "pino";

interface LineWriterOptions {
  readonly fd: number;
  /** Told how many lines are lost, once the next can be written again. */
  readonly onLost: (lines: number) => void;
  /** Most characters that wait for a reader who is too slow; what comes beyond is lost. Default: 16 Mi. */
  readonly maxHeld?: number;
}

const MAX_HELD = 16 * 1024 * 1024;

const NEWLINE = 0x0a;

/** How long a pipe that is full is left to its reader: at first, and at most. */
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 32;

/** How long a process that ends waits for the reader of its last lines: to take any, and to take all. */
const LAST_WAIT_MS = 1_000;
const LAST_WAITS_MS = 10_000;

/**
 * Writes the lines of one turn of the event loop at its end, with one system call, which takes longer than all else that
 * a line needs. Never throws and never waits: lines that a full pipe does not take are held until it does, and those that
 * a full disk or a closed pipe refuses are lost, since a service is worth more than its log. Ending the process in any
 * orderly way writes what is held; a kill loses the lines of its last turn, and what a slow reader has left.
 *
 * The file must be one that never blocks: of a pipe `process.stdout` and `process.stderr` make such a one on first use.
 */
export function createLineWriter({ fd, onLost, maxHeld = MAX_HELD }: LineWriterOptions): DestinationStream {
  /** Lines that nobody has tried to write, and the rest of those that have been begun. */
  let held = "";
  let rest = Buffer.alloc(0);
  let lost = 0;
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
        const written = writeSync(fd, rest);
        lastByte = rest[written - 1] ?? lastByte;
        rest = rest.subarray(written);
      }
    } catch (error) {
      if (codeOf(error) === "EAGAIN") return "full";
      lose(error);
      return "done";
    }
    if (lost > 0) {
      const lines = lost;
      lost = 0;
      onLost(lines);
    }
    return "done";
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
    lost += linesIn(rest.toString()) + linesIn(held);
    rest = Buffer.alloc(0);
    held = "";
    if (!hasComplained) complain(codeOf(error));
    hasComplained = true;
  }

  process.on("exit", () => {
    const endMs = performance.now() + LAST_WAITS_MS;
    let left = Infinity;
    let patientUntilMs = 0;
    while (writeAll() === "full" || held !== "") {
      const nowMs = performance.now();
      if (rest.length < left) patientUntilMs = Math.min(nowMs + LAST_WAIT_MS, endMs);
      left = rest.length;
      if (nowMs >= patientUntilMs) return;
      pause(FIRST_WAIT_MS);
    }
  });
  return {
    write: (line) => {
      if (held.length + rest.length + line.length > maxHeld) {
        lost += 1;
        return;
      }
      held += line;
      planFlush();
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
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
