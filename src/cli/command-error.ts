/** A failure that the user reads as one line on stderr. `exitCode` is 1, or 2 when the command line itself is wrong. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(message: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A command line that makes no sense; exits with 2, as shells expect. */
export function usageError(message: string, options: ErrorOptions = {}): CommandError {
  return new CommandError(message, { ...options, exitCode: 2 });
}

/** The reason of the abort when a signal asked the process to stop. Nothing is printed for it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** 128 plus the signal's number: 130 for Ctrl-C, 143 for a polite kill. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super("interrupted");
    this.exitCode = exitCode;
  }
}
