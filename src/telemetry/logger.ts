import { pino } from "pino";
import type { Logger } from "pino";
import { createLineWriter } from "./line-writer.ts";
import { pinoPretty } from "./pretty.ts";

export type { Logger };

interface LoggerOptions {
  readonly level: string;
  /** Where lines go; a terminal gets them in colour, anything else as JSON. */
  readonly destination: "stdout" | "stderr";
}

/** Writes one line an event: JSON, or readable on a terminal. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const stream = destination === "stdout" ? process.stdout : process.stderr;
  const options = { level, base: null };
  if (stream.isTTY) return pino(options, pinoPretty(stream.fd));
  const lines = createLineWriter({
    fd: stream.fd,
    onLost: (lost) =>
      logger.warn({ lines: lost }, "lines of the log were lost: they could not be written in time"),
  });
  const logger = pino(options, lines);
  return logger;
}

/** Writes nothing. */
export function createSilentLogger(): Logger {
  return pino({ enabled: false });
}
