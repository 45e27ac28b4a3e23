import { getSystemErrorMap } from "node:util";
import { CommandError } from "./command-error.ts";

/** Where a command writes. A part of `Writable`, so that tests can collect it. */
export interface TextSink {
  write(text: string, done: (error?: Error | null) => void): unknown;
  readonly isTTY?: boolean;
}

/** What a command is given of the process it runs in. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Aborted, with an {@link Interrupted} as its reason, when the user wants it to stop. */
  readonly signal: AbortSignal;
}

/** A command of the command line. Answers with its exit code; throws {@link CommandError} for one line on stderr. */
export type Command = (args: readonly string[], context: CommandContext) => Promise<number>;

/**
 * Writes and waits until it is written, so that a slow reader slows us instead of filling memory.
 * @throws what {@link isClosedPipe} knows, or {@link CommandError}.
 */
export function writeText(sink: TextSink, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(text, (error) => {
      if (error) reject(isClosedPipe(error) ? error : toWriteError(error));
      else resolve();
    });
  });
}

/** Such as `the output can't be written: no space left on device (ENOSPC)`. */
function toWriteError(error: NodeJS.ErrnoException): CommandError {
  const [code, reason] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  const why = code === undefined || reason === undefined ? error.message : `${reason} (${code})`;
  return new CommandError(`the output can't be written: ${why}`, { cause: error });
}

const CLOSED_PIPE_CODES: readonly unknown[] = ["EPIPE", "ERR_STREAM_DESTROYED"];

/** True when whoever read our output has gone, as `| head` does. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && CLOSED_PIPE_CODES.includes(error.code);
}
