import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import { createLineWriter } from "./line-writer.ts";
import { pinoPretty } from "./pretty.ts";

export type { Logger };

interface LoggerOptions {
  readonly level: string;
  /** Where lines go; a terminal gets them in colour, anything else as JSON. */
  readonly destination: "stdout" | "stderr";
}

/** Of the process; a thread of it has streams of its own, which have none. */
const FDS = { stdout: 1, stderr: 2 };

/** One for all loggers of a place: each holds lines, and is asked for them when the process ends. */
const writers = new Map<number, DestinationStream>();

/** Writes one line an event: JSON, or readable on a terminal. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const fd = FDS[destination];
  const options = { level, base: null };
  if (process[destination].isTTY) return pino(options, pinoPretty(fd));
  const writer = writers.get(fd) ?? createLineWriter({ fd, toNotice });
  writers.set(fd, writer);
  return pino(options, writer);
}

/** A line as pino would write it at the level of warnings, whatever the level is. */
function toNotice(lines: number): string {
  const msg = "lines of the log were lost: they could not be written in time";
  return `${JSON.stringify({ level: pino.levels.values.warn, time: Date.now(), lines, msg })}\n`;
}

/** Writes nothing. */
export function createSilentLogger(): Logger {
  return pino({ enabled: false });
}
