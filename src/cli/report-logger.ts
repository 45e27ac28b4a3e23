import { createRequire } from "node:module";
import { pino } from "pino";
import type { PinoPretty } from "pino-pretty";
import type { Logger } from "../telemetry/logger.ts";

interface ReportLoggerOptions {
  readonly level: string;
  /** Writes whole lines, at once: what is drawn on a terminal must make room for each. */
  readonly write: (lines: string) => void;
  /** Lines for people, in colour; otherwise JSON. */
  readonly isTerminal: boolean;
}

/** The log of a report run, which shares its terminal with the progress. */
export function createReportLogger({ level, write, isTerminal }: ReportLoggerOptions): Logger {
  const toText = isTerminal ? createPrettyText() : (line: string) => line;
  return pino({ level, base: null }, { write: (line) => write(toText(line)) });
}

/** Loaded only where it is needed, since it is slow to load. */
function createPrettyText(): (line: string) => string {
  const require = createRequire(import.meta.url);
  const pretty = require("pino-pretty") as typeof PinoPretty;
  return pretty.prettyFactory({ colorize: true, translateTime: "SYS:HH:MM:ss.l" }) as (
    line: string,
  ) => string;
}
