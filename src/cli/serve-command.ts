import { serve } from "../main.ts";
import { CommandError, usageError } from "./command-error.ts";
import type { Command } from "./command-context.ts";

/** Runs the service until the process is told to stop. */
export const serveCommand: Command = async ([argument], { signal }) => {
  if (argument !== undefined)
    throw usageError(`serve takes no arguments, but got '${argument}'; see stepper serve --help`);
  await serve(signal).catch(explainTakenPort);
  return 0;
};

function explainTakenPort(error: unknown): never {
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE" && "port" in error) {
    const message = `port ${String(error.port)} is taken; set PORT to another (EADDRINUSE)`;
    throw new CommandError(message, { cause: error });
  }
  throw error;
}
