import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A git repository that lives until `remove()`. Untouched by the machine's own git configuration. */
export interface TemporaryRepository {
  git(...args: string[]): string;
  write(path: string, content: string | Buffer): void;
  commitAll(message: string): void;
  remove(): void;
}

const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};

export function createTemporaryRepository(): TemporaryRepository {
  const folder = mkdtempSync(join(tmpdir(), "stepper-diff-"));
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: folder,
      env: ENVIRONMENT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  git("init", "--quiet", "--initial-branch=main");
  return {
    git,
    write: (path, content) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    },
    commitAll: (message) => {
      git("add", "--all");
      git("commit", "--quiet", "--message", message);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
