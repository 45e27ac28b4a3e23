import type { Git } from "./git.ts";
import { createDiffSampler } from "./sample-diff.ts";

/** A commit as git has it; text that was not UTF-8 has U+FFFD in place of what can't be read. */
export interface Commit {
  readonly commitSha: string;
  readonly authorEmail: string;
  readonly message: string;
  /** Paths it touches; of a rename both. */
  readonly files: readonly string[];
  /** Unified diff against the first parent; of huge diffs a part of every file. */
  readonly diff: string;
  /** True where a shallow clone ends: then the parent is not there, and `files` and `diff` are empty. */
  readonly isShallowBoundary: boolean;
}

const MAX_MESSAGE_BYTES = 256 * 1024;
const MAX_HEADER_BYTES = 256 * 1024;
const MAX_PATHS_BYTES = 16 * 1024 * 1024;
const MAX_DIFF_BYTES = 8 * 1024 * 1024;
const MAX_FILE_DIFF_BYTES = 1024 * 1024;

// Plumbing, and every option spelled out: the user's configuration must not change what a report is made from.
const DIFF_TREE = ["diff-tree", "-r", "--no-commit-id", "--root", "--ignore-submodules=none"];
const PATCH = [
  ...["-p", "-M", "-l1000", "--unified=3", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/"],
  ...["--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--diff-algorithm=default"],
];
// Without rename detection a rename touches the place it left as well as the place it came to.
const NAMES = ["--name-only", "--no-renames", "--no-relative", "-z"];

/** Reads one commit. `commitSha` must be a full object id. Memory is bounded whatever the commit's size. */
export async function readCommit(git: Git, commitSha: string, signal: AbortSignal): Promise<Commit> {
  const { parents, authorEmail, message } = await readMetadata(git, commitSha, signal);
  const known = { commitSha, authorEmail, message };
  // A shallow clone shows its oldest commits as roots: their "diff" would be the whole tree, which nobody changed.
  if (parents.length === 0 && (await hasParentInObject(git, commitSha, signal))) {
    return { ...known, files: [], diff: "", isShallowBoundary: true };
  }
  const trees = [...parents.slice(0, 1), commitSha, "--"];
  const files = await readFiles(git, trees, signal);
  const diff = await readDiff(git, trees, signal);
  return { ...known, files, diff, isShallowBoundary: false };
}

async function readMetadata(git: Git, commitSha: string, signal: AbortSignal) {
  const format = [
    "--no-show-signature",
    "--no-notes",
    "--no-color",
    "--encoding=UTF-8",
    "--format=format:%P%x00%ae%x00%B",
  ];
  const output = await git.read(["log", "-1", "-s", ...format, commitSha, "--"], MAX_MESSAGE_BYTES, signal);
  const [parents = "", authorEmail = "", ...message] = output.toString().split("\0");
  return { parents: parents.split(" ").filter(Boolean), authorEmail, message: message.join("\0") };
}

async function hasParentInObject(git: Git, commitSha: string, signal: AbortSignal): Promise<boolean> {
  const object = (await git.read(["cat-file", "commit", commitSha], MAX_HEADER_BYTES, signal)).toString(
    "latin1",
  );
  return /^parent /m.test(object.split("\n\n", 1)[0] ?? "");
}

async function readFiles(
  git: Git,
  trees: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const output = await git.read([...DIFF_TREE, ...NAMES, ...trees], MAX_PATHS_BYTES, signal);
  // Every name ends with a NUL; what follows the last is nothing, or a name that was cut off.
  return output.toString().split("\0").slice(0, -1);
}

async function readDiff(git: Git, trees: readonly string[], signal: AbortSignal): Promise<string> {
  const sampler = createDiffSampler({ maxFileBytes: MAX_FILE_DIFF_BYTES, maxBytes: MAX_DIFF_BYTES });
  await git.stream([...DIFF_TREE, ...PATCH, ...trees], (chunk) => sampler.take(chunk), signal);
  return sampler.end();
}
