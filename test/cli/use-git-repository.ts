import { afterEach } from "@jest/globals";
import { createGit } from "../../src/cli/git.ts";
import type { Git } from "../../src/cli/git.ts";
import { readCommit } from "../../src/cli/read-commit.ts";
import type { Commit } from "../../src/cli/read-commit.ts";
import { createGitRepository } from "../support/git-repository.ts";
import type { GitRepository } from "../support/git-repository.ts";

/** Makes repositories that are removed after each test. */
export function useGitRepositories(): (...init: string[]) => GitRepository {
  const made: GitRepository[] = [];
  afterEach(() => made.splice(0).forEach((repository) => repository.remove()));
  return (...init) => {
    const repository = createGitRepository({ init });
    made.push(repository);
    return repository;
  };
}

/** Our git, in the repository or in a folder of it. */
export function gitIn({ directory, environment }: GitRepository, folder = directory): Git {
  return createGit({ directory: folder, environment });
}

/** The latest commit, as we read it in the repository or in a folder of it. */
export function readHead(repository: GitRepository, folder?: string): Promise<Commit> {
  const { signal } = new AbortController();
  return readCommit(gitIn(repository, folder), repository.git("rev-parse", "HEAD"), signal);
}
