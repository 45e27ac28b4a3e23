import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { toGitFailure } from "./git-failure.ts";

const MAX_STDERR_BYTES = 8 * 1024;

/** Configuration that would otherwise change what we read. */
const GLOBAL_OPTIONS = ["--no-pager", "-c", "core.quotePath=false", "-c", "diff.suppressBlankEmpty=false"];

/** Not interactive, in English, and never taking a lock from the user's own git. */
const FIXED_ENVIRONMENT = { LC_ALL: "C", GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
const IGNORED_VARIABLES = ["GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS"];

/** Inside a hook these point at the hook's repository; with `--repo` the user means another. */
const REPOSITORY_VARIABLES = [
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_COMMON_DIR",
  "GIT_INDEX_FILE",
  "GIT_OBJECT_DIRECTORY",
  "GIT_ALTERNATE_OBJECT_DIRECTORIES",
  "GIT_PREFIX",
  "GIT_NAMESPACE",
];

/** Git, run in one repository. Every call rejects with a {@link CommandError} of one line when git fails. */
export interface Git {
  /** Hands stdout to `take` as it comes. Once that answers false, git is stopped and the call is done. */
  stream(args: readonly string[], take: (chunk: Buffer) => boolean, signal: AbortSignal): Promise<void>;
  /** The first `maxBytes` of stdout. */
  read(args: readonly string[], maxBytes: number, signal: AbortSignal): Promise<Buffer>;
}

interface GitOptions {
  /** The repository, or a folder in it; default: the working directory and what `GIT_DIR` says. */
  readonly directory?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Git for the repository at `directory`, independent of the user's configuration. */
export function createGit({ directory, environment }: GitOptions): Git {
  const prefix = directory === undefined ? GLOBAL_OPTIONS : [...GLOBAL_OPTIONS, "-C", directory];
  const dropped =
    directory === undefined ? IGNORED_VARIABLES : [...IGNORED_VARIABLES, ...REPOSITORY_VARIABLES];
  const gitEnvironment = { ...without(environment, dropped), ...FIXED_ENVIRONMENT };

  const stream: Git["stream"] = (args, take, signal) => {
    signal.throwIfAborted();
    const child = spawn("git", [...prefix, ...args], {
      env: gitEnvironment,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
      signal,
    });
    return finish(child, take, { directory, signal });
  };

  return {
    stream,
    async read(args, maxBytes, signal) {
      const chunks: Buffer[] = [];
      let length = 0;
      await stream(
        args,
        (chunk) => (length += chunks[chunks.push(chunk) - 1]?.length ?? 0) < maxBytes,
        signal,
      );
      return Buffer.concat(chunks).subarray(0, maxBytes);
    },
  };
}

interface Run {
  readonly directory: string | undefined;
  readonly signal: AbortSignal;
}

/** Waits for the end of the process, not only of its output, so that none outlives the call. */
function finish(
  child: ChildProcess,
  take: (chunk: Buffer) => boolean,
  { directory, signal }: Run,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let enough = false;
    let stderr = "";
    let failure: Error | undefined;
    child.stdout?.on("data", (chunk: Buffer) => {
      if (enough || take(chunk)) return;
      enough = true;
      child.kill();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      if (stderr.length < MAX_STDERR_BYTES) stderr += chunk.toString();
    });
    child.on("error", (error) => (failure = error));
    child.on("close", (code) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (enough || (code === 0 && !failure)) resolve();
      else reject(toGitFailure({ stderr, cause: failure, directory }));
    });
  });
}

function without(environment: GitOptions["environment"], names: readonly string[]) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !names.includes(name)));
}
