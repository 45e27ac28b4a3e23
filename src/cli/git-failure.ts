import { CommandError } from "./command-error.ts";
import { toOneLine } from "./one-line.ts";

interface GitFailure {
  readonly stderr: string;
  /** Set when git could not be run at all. */
  readonly cause: Error | undefined;
  readonly directory: string | undefined;
}

/** Says in one line why git failed. */
export function toGitFailure({ stderr, cause, directory }: GitFailure): CommandError {
  if (cause && "code" in cause && cause.code === "ENOENT") {
    return new CommandError("git was not found: install it, or put it on the PATH", { cause });
  }
  if (cause) return new CommandError(`git could not be run: ${toOneLine(cause)}`, { cause });
  if (/not a git repository/.test(stderr)) {
    return new CommandError(`${toOneLine(directory ?? "the working directory")} is not in a git repository`);
  }
  return new CommandError(`git: ${toOneLine(relevantPart(stderr)) || "failed without a word"}`);
}

/** From the first fatal line on: warnings and traces come before it, and git's advice after it. */
function relevantPart(stderr: string): string {
  const fatal = /^(?:fatal|error): ([\s\S]*)/m.exec(stderr);
  return fatal?.[1] ?? stderr;
}
