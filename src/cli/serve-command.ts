import { serve } from "../main.ts";
import { usageError } from "./command-error.ts";
import type { Command } from "./command-context.ts";

/** Runs the service until the process is told to stop. */
export const serveCommand: Command = async ([argument], { signal }) => {
  if (argument !== undefined)
    throw usageError(`serve takes no arguments, but got '${argument}'; see stepper serve --help`);
  await serve(signal);
  return 0;
};
