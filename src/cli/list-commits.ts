import { CommandError } from "./command-error.ts";
import type { Git } from "./git.ts";
import { toOneLine } from "./one-line.ts";

/** Each commit is a call to a provider: more than this in one go is more likely a mistake than a wish. */
const MAX_COMMITS = 1_000;

const HASH_LINE_BYTES = 65;

/**
 * The ids of the commits that a revision (`HEAD~2`, a tag) or a range (`A..B`, `A...B`, `HEAD^!`) names, oldest first.
 * @throws {CommandError} when it names none, or more than 1,000.
 */
export async function listCommits(
  git: Git,
  revision: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const named = await resolve(git, revision, signal);
  const isRange = named.some((name) => name.startsWith("^"));
  const walk = isRange ? ["--reverse", "--topo-order"] : ["--no-walk=unsorted"];
  // The limit comes first, for git would walk again after it. `named` holds object ids only, so no option gets in.
  // One more than allowed tells "too many" from "just enough".
  const limit = `--max-count=${MAX_COMMITS + 1}`;
  const commits = await readLines(git, ["rev-list", limit, ...walk, ...named, "--"], signal);
  if (commits.length > MAX_COMMITS) {
    throw new CommandError(
      `'${toOneLine(revision)}' names more than ${MAX_COMMITS} commits; choose a shorter range`,
    );
  }
  if (commits.length > 0) return commits;
  throw new CommandError(
    isRange ? `no commits in '${toOneLine(revision)}'` : `'${toOneLine(revision)}' is not a commit`,
  );
}

async function resolve(git: Git, revision: string, signal: AbortSignal): Promise<readonly string[]> {
  // No revision begins with a dash, and older gits don't heed --end-of-options everywhere.
  const named = revision.startsWith("-")
    ? []
    : await readLines(git, ["rev-parse", "--revs-only", "--end-of-options", revision], signal);
  if (named.length > 0) return named;
  const anyCommit = await readLines(git, ["rev-list", "--all", "--max-count=1"], signal);
  if (anyCommit.length === 0) throw new CommandError("the repository has no commits yet");
  throw new CommandError(`unknown revision '${toOneLine(revision)}'`);
}

async function readLines(git: Git, args: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
  const output = await git.read(args, (MAX_COMMITS + 1) * HASH_LINE_BYTES, signal);
  return output.toString().split("\n").filter(Boolean);
}
