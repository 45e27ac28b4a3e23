import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A git repository of its own, out of reach of the user's configuration. */
export interface GitRepository {
  readonly directory: string;
  /** What git must be run with here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs git; answers with stdout, trimmed. */
  git(...args: string[]): string;
  /** Runs git with something on its stdin. */
  feed(input: string | Buffer, ...args: string[]): string;
  write(path: string, content: string | Buffer): void;
  /** Commits everything as it stands, empty or not; answers with the commit's id. */
  commit(message: string | Buffer, ...options: string[]): string;
  remove(): void;
}

interface GitRepositoryOptions {
  /** Arguments of `git init`. */
  readonly init?: readonly string[];
}

/** Makes an empty repository in a temporary folder. */
export function createGitRepository({ init = [] }: GitRepositoryOptions = {}): GitRepository {
  const root = mkdtempSync(join(tmpdir(), "stepper-git-"));
  const directory = join(root, "project");
  mkdirSync(directory);
  const environment = isolatedEnvironment(root);
  const git = (args: readonly string[], input?: string | Buffer) =>
    execFileSync("git", args, {
      cwd: directory,
      env: environment,
      stdio: ["pipe", "pipe", "pipe"],
      ...(input !== undefined && { input }),
    })
      .toString()
      .trim();
  git(["init", "--quiet", "--initial-branch=main", ...init]);

  return {
    directory,
    environment,
    git: (...args) => git(args),
    feed: (input, ...args) => git(args, input),
    write(path, content) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    },
    commit(message, ...options) {
      git(["add", "--all"]);
      git(["commit", "--quiet", "--allow-empty", "--allow-empty-message", "--file=-", ...options], message);
      return git(["rev-parse", "HEAD"]);
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function isolatedEnvironment(home: string): Record<string, string | undefined> {
  return {
    PATH: process.env.PATH,
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: join(home, "gitconfig"),
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.com",
    // Submodules and clones of a local path need it.
    GIT_ALLOW_PROTOCOL: "file",
  };
}
