import { pino } from "pino";
import type { Logger } from "../../src/telemetry/logger.ts";

/** A line as it was written. */
interface CapturedLine {
  readonly level: "info" | "warn" | "error";
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger whose lines a test can read. */
export function createCapturedLogger(): { readonly logger: Logger; readonly lines: readonly CapturedLine[] } {
  const lines: CapturedLine[] = [];
  const options = { base: null, timestamp: false, formatters: { level: (level: string) => ({ level }) } };
  const logger = pino(options, { write: (line) => void lines.push(JSON.parse(line) as CapturedLine) });
  return { logger, lines };
}
