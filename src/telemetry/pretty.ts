import { createRequire } from "node:module";
import type { DestinationStream } from "pino";
import type { PinoPretty } from "pino-pretty";

/** Readable lines for a terminal; loaded only there, since a server behind a log collector never needs it. */
export function pinoPretty(destination: number): DestinationStream {
  const require = createRequire(import.meta.url);
  const pretty = require("pino-pretty") as typeof PinoPretty;
  return pretty({ destination, sync: true, colorize: true, translateTime: "SYS:HH:MM:ss.l" });
}
