import { describe, expect, it } from "@jest/globals";
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { createGit } from "../../src/cli/git.ts";
import { listCommits } from "../../src/cli/list-commits.ts";
import { gitIn, useGitRepositories } from "./use-git-repository.ts";

const { signal } = new AbortController();
const createRepository = useGitRepositories();

function createHistory() {
  const repository = createRepository();
  const commits = ["one", "two", "three"].map((message) => repository.commit(message));
  return {
    repository,
    commits,
    list: (revision: string) => listCommits(gitIn(repository), revision, signal),
  };
}

describe("listCommits", () => {
  it("takes a revision for that one commit", async () => {
    const { commits, list } = createHistory();
    expect(await list("HEAD")).toEqual([commits[2]]);
    expect(await list("HEAD~1")).toEqual([commits[1]]);
    expect(await list(commits[0] ?? "")).toEqual([commits[0]]);
    expect(await list("HEAD^!")).toEqual([commits[2]]);
  });

  it("takes a range for its commits, oldest first", async () => {
    const { commits, list } = createHistory();
    expect(await list("HEAD~2..HEAD")).toEqual([commits[1], commits[2]]);
  });

  it("takes a symmetric range for the commits of both sides", async () => {
    const { repository, commits, list } = createHistory();
    repository.git("switch", "--quiet", "--create", "topic", "HEAD~1");
    const onTopic = repository.commit("on topic");
    expect([...(await list("main...topic"))].sort()).toEqual([commits[2], onTopic].sort());
  });

  it("takes tags, annotated or not, for the commits they name", async () => {
    const { repository, commits, list } = createHistory();
    repository.git("tag", "light", "HEAD~2");
    repository.git("tag", "--annotate", "--message=release", "heavy", "HEAD~1");
    expect(await list("light")).toEqual([commits[0]]);
    expect(await list("heavy")).toEqual([commits[1]]);
    expect(await list("light..heavy")).toEqual([commits[1]]);
  });

  it("takes a name that is also a file's for the branch", async () => {
    const { repository, list } = createHistory();
    repository.write("main", "a file that is named like the branch");
    const latest = repository.commit("four");
    expect(await list("main")).toEqual([latest]);
  });

  it("works on a detached HEAD, in a subfolder, in a worktree and in a bare repository", async () => {
    const { repository, commits } = createHistory();
    const tip = commits[2];
    repository.write("deep/er/file", "");
    repository.git("checkout", "--quiet", "--detach");
    repository.git("worktree", "add", "--quiet", "../worktree", "HEAD");
    repository.git("clone", "--quiet", "--bare", ".", "../bare.git");
    for (const folder of [".", "deep/er", "../worktree", "../bare.git"]) {
      const git = gitIn(repository, join(repository.directory, folder));
      expect(await listCommits(git, "HEAD", signal)).toEqual([tip]);
    }
  });

  it("says that a revision is unknown", async () => {
    const { list } = createHistory();
    await expect(list("nope")).rejects.toThrow("unknown revision 'nope'");
    await expect(list("nope..HEAD")).rejects.toThrow("unknown revision 'nope..HEAD'");
  });

  it("says that a range is empty, and that a tree is not a commit", async () => {
    const { list } = createHistory();
    await expect(list("HEAD..HEAD")).rejects.toThrow("no commits in 'HEAD..HEAD'");
    await expect(list("HEAD^{tree}")).rejects.toThrow("'HEAD^{tree}' is not a commit");
  });

  it("never takes a revision for an option", async () => {
    const { repository, list } = createHistory();
    const file = join(repository.directory, "written");
    await expect(list(`--output=${file}`)).rejects.toThrow("unknown revision");
    await expect(list("--all")).rejects.toThrow("unknown revision");
    expect(existsSync(file)).toBe(false);
  });

  it("says that a repository has no commits yet", async () => {
    const git = gitIn(createRepository());
    await expect(listCommits(git, "HEAD", signal)).rejects.toThrow("the repository has no commits yet");
  });

  it("refuses a range of more than a thousand commits", async () => {
    const { repository, list } = createHistory();
    const commit = "commit refs/heads/long\ncommitter Ada <ada@example.com> 0 +0000\ndata 1\nx\n";
    repository.feed(
      `reset refs/heads/long\nfrom refs/heads/main^0\n${commit.repeat(1_001)}`,
      "fast-import",
      "--quiet",
    );
    await expect(list("main..long")).rejects.toThrow("names more than 1000 commits");
    expect(await list("main..long~1")).toHaveLength(1_000);
  });
});

describe("a git that fails", () => {
  it("is told apart when it is not installed", async () => {
    const { repository } = createHistory();
    const git = createGit({ directory: repository.directory, environment: { PATH: repository.directory } });
    await expect(listCommits(git, "HEAD", signal)).rejects.toThrow(/^git was not found/);
  });

  it("is told apart when the folder is in no repository, or does not exist", async () => {
    const { repository } = createHistory();
    const outside = join(repository.directory, "..");
    await expect(listCommits(gitIn(repository, outside), "HEAD", signal)).rejects.toThrow(
      `${outside} is not in a git repository`,
    );
    const missing = join(outside, "missing");
    await expect(listCommits(gitIn(repository, missing), "HEAD", signal)).rejects.toThrow(
      /^git: cannot change to/,
    );
  });

  it("would speak English, and neither asks questions nor takes locks", async () => {
    const repository = createRepository();
    repository.write("git", '#!/bin/sh\necho "$LC_ALL $GIT_TERMINAL_PROMPT $GIT_OPTIONAL_LOCKS"\n');
    chmodSync(join(repository.directory, "git"), 0o755);
    const environment = { PATH: repository.directory, LC_ALL: "de_DE.UTF-8" };
    expect((await createGit({ environment }).read([], 100, signal)).toString()).toBe("C 0 0\n");
  });

  it("is quoted in one line when the repository belongs to another user", async () => {
    const { repository } = createHistory();
    const environment = { ...repository.environment, GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" };
    const failure = listCommits(createGit({ directory: repository.directory, environment }), "HEAD", signal);
    await expect(failure).rejects.toThrow(
      /^git: detected dubious ownership in repository at [^\n]*safe\.directory/,
    );
  });

  it("looks into the repository it is pointed at, whatever a hook's variables say", async () => {
    const { repository, commits } = createHistory();
    const environment = { ...repository.environment, GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere/index" };
    const git = createGit({ directory: repository.directory, environment });
    expect(await listCommits(git, "HEAD", signal)).toEqual([commits[2]]);
  });

  it("stops when it is told to", async () => {
    const { repository } = createHistory();
    const stop = new AbortController();
    const listed = listCommits(gitIn(repository), "HEAD", stop.signal);
    stop.abort(new Error("enough"));
    await expect(listed).rejects.toThrow("enough");
  });
});
