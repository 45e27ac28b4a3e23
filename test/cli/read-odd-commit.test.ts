import { describe, expect, it } from "@jest/globals";
import { readCommit } from "../../src/cli/read-commit.ts";
import { gitIn, readHead, useGitRepositories } from "./use-git-repository.ts";

const { signal } = new AbortController();
const createRepository = useGitRepositories();

describe("what is not UTF-8", () => {
  it("converts a message from the encoding it is marked with", async () => {
    const repository = createRepository();
    repository.git("config", "i18n.commitEncoding", "latin1");
    repository.commit(Buffer.from("Gr\xfc\xdfe", "latin1"));
    repository.git("config", "i18n.logOutputEncoding", "latin1");
    expect((await readHead(repository)).message.trim()).toBe("Grüße");
  });

  it("replaces what is not UTF-8 in a message that is not marked", async () => {
    const repository = createRepository();
    const tree = repository.feed("", "mktree");
    const headers = `tree ${tree}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\n`;
    const object = Buffer.from(`${headers}Gr\xfc\xdfe`, "latin1");
    const commitSha = repository.feed(object, "hash-object", "-t", "commit", "-w", "--stdin");
    const { message } = await readCommit(gitIn(repository), commitSha, signal);
    expect(message.trim()).toBe("Gr\ufffd\ufffde");
  });

  it("replaces what is not UTF-8 in names and contents", async () => {
    const repository = createRepository();
    const blob = repository.feed(Buffer.from("caf\xe9\n", "latin1"), "hash-object", "-w", "--stdin");
    const entry = Buffer.from(`100644 blob ${blob}\tna\xefve.txt\0`, "latin1");
    const tree = repository.feed(entry, "mktree", "-z");
    const commitSha = repository.git("commit-tree", "-m", "Add", tree);
    const { files, diff } = await readCommit(gitIn(repository), commitSha, signal);
    expect(files).toEqual(["na\ufffdve.txt"]);
    expect(diff).toContain("+caf\ufffd");
  });
});

describe("the user's configuration", () => {
  it("changes nothing in what is read", async () => {
    const repository = createRepository();
    repository.write("a.txt", "one\n");
    repository.write("moved", "the same\nthree\nlines\n");
    repository.write(".gitattributes", "*.txt diff=shout\n");
    repository.commit("Begin");
    repository.write("a.txt", "two\n");
    repository.git("mv", "moved", "there");
    repository.commit("Change");
    const plain = await readHead(repository);
    const settings = {
      "diff.noprefix": "true",
      "diff.mnemonicPrefix": "true",
      "diff.renames": "false",
      "diff.external": "echo external",
      "diff.shout.command": "echo command",
      "diff.shout.textconv": "tr a-z A-Z <",
      "diff.context": "0",
      "color.ui": "always",
      "core.quotePath": "true",
      "core.pager": "false",
      "log.showSignature": "true",
      "format.pretty": "oneline",
    };
    Object.entries(settings).forEach(([name, value]) => repository.git("config", name, value));
    expect(await readHead(repository)).toEqual(plain);
    expect(plain.diff).toContain("-one\n+two\n");
  });
});

describe("a huge diff", () => {
  it("leaves room for the files after the huge one, and says what is missing", async () => {
    const repository = createRepository();
    repository.write("a-data.txt", "0123456789abcdef0123456789abcdef\n".repeat(1_000_000));
    repository.write("z.ts", "the small one\n");
    repository.commit("Add data");
    const { files, diff } = await readHead(repository);
    expect(files).toEqual(["a-data.txt", "z.ts"]);
    expect(diff.length).toBeLessThan(2 * 1024 * 1024);
    expect(diff).toContain("+the small one");
    expect(diff).toMatch(/\[\d+ more lines of this file are not shown: \+\d+ -0\]\n@@/);
  });
});
