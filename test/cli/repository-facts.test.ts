import { describe, expect, it } from "@jest/globals";
import { join } from "node:path";
import { readRepositoryFacts, toRepoName } from "../../src/cli/repository-facts.ts";
import { gitIn, useGitRepositories } from "./use-git-repository.ts";

const { signal } = new AbortController();
const createRepository = useGitRepositories();

describe("toRepoName", () => {
  it.each([
    ["https://github.com/acme/shop.git", "acme/shop"],
    ["https://github.com/acme/shop/", "acme/shop"],
    ["git@github.com:acme/shop.git", "acme/shop"],
    ["ssh://git@git.example.com:2222/acme/shop.git", "acme/shop"],
    ["https://gitlab.com/acme/web/shop.git", "web/shop"],
    ["github:acme/shop", "acme/shop"],
    ["https://git.example.com/shop.git", "shop"],
    ["/srv/git/shop.git", "shop"],
    ["file:///srv/git/shop.git", "shop"],
    ["../shop", "shop"],
  ])("reads %s as %s", (url, name) => {
    expect(toRepoName(url)).toBe(name);
  });

  it.each([
    "https://user:secret@github.com/acme/shop.git",
    "https://secret@github.com/acme/shop.git",
    "https://user:sec/secret@github.com/acme/shop.git",
    "https://github.com/acme/shop.git?token=secret",
    "https://github.com/acme/shop.git#secret",
  ])("leaves the secret out of %s", (url) => {
    expect(toRepoName(url)).toBe("acme/shop");
  });

  it("leaves out even a secret with a slash that ends up next to the name", () => {
    expect(toRepoName("https://me:a/secret@github.com/shop.git")).toBe("github.com/shop");
  });

  it("finds no name in nothing", () => {
    expect(toRepoName("")).toBeUndefined();
  });
});

describe("readRepositoryFacts", () => {
  it("prefers the origin's name and the configured email", async () => {
    const repository = createRepository();
    repository.git("remote", "add", "origin", "https://me:secret@example.com/acme/shop.git");
    repository.git("config", "user.email", "me@example.com");
    const facts = await readRepositoryFacts(gitIn(repository), signal);
    expect(facts).toEqual({ repo: "acme/shop", userEmail: "me@example.com" });
  });

  it("falls back to the folder's name, in a subfolder, a worktree and a bare repository as well", async () => {
    const repository = createRepository();
    repository.write("deep/file", "");
    repository.commit("Begin");
    repository.git("worktree", "add", "--quiet", "--detach", "../elsewhere");
    repository.git("clone", "--quiet", "--bare", ".", "../bare.git");
    repository.git("--git-dir=../bare.git", "remote", "remove", "origin");
    const nameIn = async (folder: string) =>
      (await readRepositoryFacts(gitIn(repository, join(repository.directory, folder)), signal)).repo;
    expect(await nameIn("deep")).toBe("project");
    expect(await nameIn("../elsewhere")).toBe("project");
    expect(await nameIn("../bare.git")).toBe("bare");
  });
});
