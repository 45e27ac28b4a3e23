import { describe, expect, it } from "@jest/globals";
import { chmodSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { readHead, useGitRepositories } from "./use-git-repository.ts";

const createRepository = useGitRepositories();

describe("readCommit", () => {
  it("reads message, author, files and diff", async () => {
    const repository = createRepository();
    repository.write("src/a.ts", "old\n");
    repository.commit("Begin");
    repository.write("src/a.ts", "new\n");
    const commitSha = repository.commit("Change a\n\nBecause.");
    const commit = await readHead(repository);
    expect(commit).toMatchObject({ commitSha, authorEmail: "ada@example.com", files: ["src/a.ts"] });
    expect(commit.message.trim()).toBe("Change a\n\nBecause.");
    expect(commit.diff).toContain("--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1 +1 @@\n-old\n+new\n");
  });

  it("reads a root commit as one that adds everything", async () => {
    const repository = createRepository();
    repository.write("a", "1\n");
    repository.commit("Begin");
    const { files, diff } = await readHead(repository);
    expect(files).toEqual(["a"]);
    expect(diff).toContain("--- /dev/null\n+++ b/a\n");
  });

  it("reads a merge as what it brought to its first parent", async () => {
    const repository = createRepository();
    repository.commit("Begin");
    repository.git("switch", "--quiet", "--create", "topic");
    repository.write("topic", "1\n");
    repository.commit("On topic");
    repository.git("switch", "--quiet", "main");
    repository.write("mainline", "1\n");
    repository.commit("On main");
    repository.git("merge", "--quiet", "--no-ff", "--message=Merge", "topic");
    const { files, diff } = await readHead(repository);
    expect(files).toEqual(["topic"]);
    expect(diff).toContain("+++ b/topic");
    expect(diff).not.toContain("mainline");
  });

  it("reads a rename as one in the diff, and both places as files", async () => {
    const repository = createRepository();
    repository.write("old/name", "the same\nthree\nlines\n");
    repository.commit("Begin");
    repository.write("new/name", "the same\nthree\nlines\n");
    unlinkSync(join(repository.directory, "old/name"));
    repository.commit("Move");
    const { files, diff } = await readHead(repository);
    expect([...files].sort()).toEqual(["new/name", "old/name"]);
    expect(diff).toContain("rename from old/name\nrename to new/name");
  });

  it("names binary files without their bytes", async () => {
    const repository = createRepository();
    repository.write("image", Buffer.from([0, 1, 2, 255]));
    repository.commit("Add image");
    const { files, diff } = await readHead(repository);
    expect(files).toEqual(["image"]);
    expect(diff).toContain("Binary files /dev/null and b/image differ");
  });

  it("reads a submodule as the commits it points to, even where it is told to ignore it", async () => {
    const repository = createRepository();
    const library = createRepository();
    const pinned = library.commit("Library");
    repository.git("submodule", "--quiet", "add", library.directory, "library");
    repository.git("config", "diff.ignoreSubmodules", "all");
    repository.git("config", "diff.submodule", "log");
    repository.commit("Add library");
    const { files, diff } = await readHead(repository);
    expect(files).toEqual([".gitmodules", "library"]);
    expect(diff).toContain(`+Subproject commit ${pinned}`);
  });

  it("reads changes of mode and of symlinks", async () => {
    const repository = createRepository();
    repository.write("script", "x\n");
    repository.commit("Begin");
    chmodSync(join(repository.directory, "script"), 0o755);
    symlinkSync("script", join(repository.directory, "link"));
    repository.commit("Change modes");
    const { files, diff } = await readHead(repository);
    expect(files).toEqual(["link", "script"]);
    expect(diff).toContain("old mode 100644\nnew mode 100755");
    expect(diff).toContain("new file mode 120000");
  });

  it("reads an empty commit with an empty message", async () => {
    const repository = createRepository();
    repository.commit("Begin");
    repository.commit("");
    const { message, files, diff } = await readHead(repository);
    expect({ message: message.trim(), files, diff }).toEqual({ message: "", files: [], diff: "" });
  });

  it("keeps spaces, quotes, line breaks and letters in file names", async () => {
    const repository = createRepository();
    const names = ['a "quoted" name', "line\nbreak", "tab\there", "grüße"];
    names.forEach((name) => repository.write(name, "x\n"));
    repository.commit("Add names");
    const { files, diff } = await readHead(repository);
    expect([...files].sort()).toEqual([...names].sort());
    expect(diff).toContain("+++ b/grüße");
  });

  it("marks where a shallow clone ends instead of calling the whole tree a change", async () => {
    const repository = createRepository();
    repository.write("a", "1\n");
    repository.commit("One");
    repository.write("b", "1\n");
    repository.commit("Two");
    const clone = join(repository.directory, "../shallow");
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.directory}`, clone);
    const commit = await readHead(repository, clone);
    expect(commit).toMatchObject({ isShallowBoundary: true, files: [], diff: "" });
    expect(commit.message.trim()).toBe("Two");
    expect((await readHead(repository)).isShallowBoundary).toBe(false);
  });

  it("reads a repository with SHA-256 ids", async () => {
    const repository = createRepository("--object-format=sha256");
    repository.write("a", "1\n");
    repository.commit("Begin");
    const { commitSha, files } = await readHead(repository);
    expect(commitSha).toHaveLength(64);
    expect(files).toEqual(["a"]);
  });

  it("names paths from the top when it runs in a subfolder", async () => {
    const repository = createRepository();
    repository.git("config", "diff.relative", "true");
    repository.write("deep/er/file", "1\n");
    repository.write("top", "1\n");
    repository.commit("Begin");
    const { files, diff } = await readHead(repository, join(repository.directory, "deep/er"));
    expect(files).toEqual(["deep/er/file", "top"]);
    expect(diff).toContain("+++ b/deep/er/file");
  });
});
