import { readFileSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseDiff } from "../../../src/core/diff.ts";
import type { FileDiff } from "../../../src/core/diff.ts";
import { createTemporaryRepository } from "./temporary-repository.ts";
import type { TemporaryRepository } from "./temporary-repository.ts";

const FIXTURES = new URL("../../fixtures/diffs/", import.meta.url);

function readFixture(name: string): string {
  return readFileSync(new URL(name, FIXTURES), "utf8");
}

function rejoin(diff: string): string {
  const { preamble, files } = parseDiff(diff);
  return preamble + files.map(({ text }) => text).join("");
}

/** What a test wants to see of a file: not its text. */
function outline({ path, previousPath, status, binary, added, removed }: FileDiff) {
  const from = previousPath === undefined ? "" : ` from ${previousPath}`;
  return `${status} ${path}${from} ${binary ? "binary" : `+${added} -${removed}`}`;
}

function outlines(diff: string): string[] {
  return parseDiff(diff).files.map(outline);
}

function numberedLines(count: number, prefix = "line"): string {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}\n`).join("");
}

describe("parseDiff on what git prints", () => {
  let repository: TemporaryRepository;
  beforeEach(() => {
    repository = createTemporaryRepository();
  });
  afterEach(() => repository.remove());

  function showLast(...options: string[]): string {
    return repository.git("show", "--find-renames", ...options, "HEAD");
  }

  it("reads added, changed, deleted, renamed and copied files with their counts", () => {
    repository.write("changed.txt", "one\ntwo\nthree\n");
    repository.write("deleted.txt", "one\ntwo\n");
    repository.write("moved from.txt", numberedLines(20));
    repository.write("original.txt", numberedLines(20, "word"));
    repository.commitAll("Start");
    repository.write("changed.txt", "one\n2\nthree\nfour\n");
    repository.git("rm", "--quiet", "deleted.txt");
    repository.git("mv", "moved from.txt", "moved to.txt");
    repository.write("copy.txt", `${numberedLines(20, "word")}more\n`);
    repository.write("added.txt", "something new\n");
    repository.commitAll("Change");

    expect(outlines(showLast("--find-copies-harder"))).toEqual([
      "added added.txt +1 -0",
      "modified changed.txt +2 -1",
      "copied copy.txt from original.txt +1 -0",
      "deleted deleted.txt +0 -2",
      "renamed moved to.txt from moved from.txt +0 -0",
    ]);
  });

  it("reads names with spaces, quotes, tabs and letters beyond ASCII", () => {
    const names = ["a b/c d.txt", 'quo"te.txt', "tab\there.txt", "größe/日本.txt", "b/b/b.txt", "a b/a b"];
    for (const name of names) repository.write(name, "content\n");
    repository.commitAll("Add odd names");

    expect(
      parseDiff(showLast())
        .files.map(({ path }) => path)
        .sort(),
    ).toEqual([...names].sort());
  });

  it("reads the names of empty files, of mode changes and of renames, which have no +++ line", () => {
    repository.write("script one.sh", "echo\n");
    repository.write("größe.txt", numberedLines(9));
    repository.commitAll("Start");
    repository.write("empty one.txt", "");
    repository.git("update-index", "--chmod=+x", "script one.sh");
    repository.git("mv", "größe.txt", "small.txt");
    repository.git("add", "empty one.txt");
    repository.git("commit", "--quiet", "--message", "Change");

    expect(outlines(showLast())).toEqual([
      "added empty one.txt +0 -0",
      "modified script one.sh +0 -0",
      "renamed small.txt from größe.txt +0 -0",
    ]);
  });

  it("reads binary files, with and without their patch", () => {
    repository.write("logo one.png", Buffer.from([0, 1, 2, 3, 0, 255]));
    repository.commitAll("Start");
    repository.write("logo one.png", Buffer.from([0, 9, 8, 7, 0, 255]));
    repository.write("new.bin", Buffer.from([0, 1]));
    repository.commitAll("Change");

    const expected = ["modified logo one.png binary", "added new.bin binary"];
    expect(outlines(showLast())).toEqual(expected);
    expect(outlines(showLast("--binary"))).toEqual(expected);
  });

  it("reads the combined diff of a merge", () => {
    repository.write("shared.txt", "one\ntwo\nthree\nfour\nfive\n");
    repository.commitAll("Start");
    repository.git("checkout", "--quiet", "-b", "topic");
    repository.write("shared.txt", "one\ntopic\nthree\nfour\nfive\n");
    repository.commitAll("Topic");
    repository.git("checkout", "--quiet", "main");
    repository.write("shared.txt", "one\nmain\nthree\nfour\nfive\n");
    repository.commitAll("Main");
    repository.git("merge", "--quiet", "--strategy=ours", "topic");
    repository.write("shared.txt", "one\n--- merged\nthree\nfour\nfive\n");
    repository.git("commit", "--quiet", "--all", "--amend", "--no-edit");

    expect(outlines(repository.git("show", "--cc", "HEAD"))).toEqual(["modified shared.txt +1 -2"]);
  });

  it("keeps the commit's header as preamble", () => {
    repository.write("a.txt", "one\n");
    repository.commitAll("Explain\n\ndiff --git a/not b/not\n--- a/not\n+++ b/not");

    const { preamble, files } = parseDiff(showLast("--stat", "--patch"));
    expect(preamble).toContain("    diff --git a/not b/not");
    expect(preamble).toContain("1 file changed");
    expect(files.map(outline)).toEqual(["added a.txt +1 -0"]);
  });

  it.each([
    ["without prefixes", ["--no-prefix"]],
    ["with mnemonic prefixes", ["--src-prefix=i/", "--dst-prefix=w/"]],
    ["without context", ["--unified=0"]],
    ["with whole functions", ["--function-context"]],
  ])("reads a diff made %s", (_, options) => {
    repository.write("a/b.txt", numberedLines(30));
    repository.commitAll("Start");
    repository.write("a/b.txt", numberedLines(30).replace("line 3\n", "").replace("line 20", "changed"));
    repository.write("b/new.txt", "one\n");
    repository.commitAll("Change");

    expect(outlines(showLast(...options))).toEqual(["modified a/b.txt +1 -2", "added b/new.txt +1 -0"]);
  });

  it("reads a file whose last line has no end", () => {
    repository.write("a.txt", "one");
    repository.write("b.txt", "one");
    repository.commitAll("Start");
    repository.write("a.txt", "two");
    repository.write("b.txt", "two");
    repository.commitAll("Change");

    expect(outlines(showLast())).toEqual(["modified a.txt +1 -1", "modified b.txt +1 -1"]);
  });

  it("doesn't take removed or added lines for headers when a file holds a diff", () => {
    const inner = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n";
    repository.write("fix.patch", inner);
    repository.write("notes.sql", "-- drop table\n-- a comment\nselect 1;\n");
    repository.commitAll("Start");
    repository.write("fix.patch", `${inner}\n`);
    repository.write("notes.sql", "++ not sql\n@@ -1 +1 @@\n");
    repository.commitAll("Change");

    expect(outlines(showLast())).toEqual(["modified fix.patch +1 -0", "modified notes.sql +2 -3"]);
  });

  it("gives the input again when preamble and texts are joined", () => {
    repository.write("a.txt", numberedLines(50));
    repository.write("b.bin", Buffer.from([0, 1]));
    repository.commitAll("Start");
    const diff = showLast("--binary");

    expect(rejoin(diff)).toBe(diff);
    expect(rejoin(diff.trimEnd())).toBe(diff.trimEnd());
    expect(rejoin(diff.slice(0, diff.length / 2))).toBe(diff.slice(0, diff.length / 2));
  });
});

describe("parseDiff on other diffs", () => {
  it.each([
    [
      "plain-unified.diff",
      ["modified src/main.c +2 -1", "added src/new file.c +2 -0", "deleted src/old.c +0 -2"],
    ],
    [
      "subversion.diff",
      ["modified trunk/lib/parse.py +1 -1", "modified trunk/logo.png binary", "added trunk/lib/new.py +1 -0"],
    ],
    [
      "recursive.diff",
      ["modified new/main.c +1 -1", "modified new/logo.png binary", "modified new/util.c +1 -0"],
    ],
    ["mailed-patches.diff", ["modified README.md +1 -0", "modified src/queue.ts +2 -1"]],
    ["windows-line-ends.diff", ["modified Program.cs +1 -1", "added Empty.cs +0 -0"]],
  ])("reads %s", (name, expected) => {
    expect(outlines(readFixture(name))).toEqual(expected);
  });

  it.each(readdirSync(FIXTURES))("gives %s again when its parts are joined", (name) => {
    expect(rejoin(readFixture(name))).toBe(readFixture(name));
  });

  it("doesn't take a removed line that looks like a header for one when no git header stands above", () => {
    const diff = "--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- drop\n-+ two\n+++ add\n+@@ -1 +1 @@\n";
    expect(outlines(diff)).toEqual(["modified x.sql +2 -2"]);
  });

  it("counts nothing after a hunk that was cut off, nor after a merge's hunk is complete", () => {
    const header = "--- a/x\n+++ b/x\n";
    const cut = `diff --git a/x b/x\n${header}@@ -1,90 +1,90 @@\n one\n+two\n[cut]\n-- \n2.43.0\n`;
    const merged = `diff --cc x\n${header}@@@ -1,2 -1,1 +1,1 @@@\n- one\n- two\n -three\n++four\n-- \n2.43.0\n`;
    expect(outlines(cut)).toEqual(["modified x +1 -0"]);
    expect(outlines(merged)).toEqual(["modified x +1 -3"]);
  });

  it("reads names with the revision that old versions of svn print", () => {
    const diff = "--- lib/a (1).py (revision 3)\n+++ lib/a (1).py (working copy)\n@@ -1 +1 @@\n-a\n+b\n";
    expect(outlines(diff)).toEqual(["modified lib/a (1).py +1 -1"]);
  });

  it("reads a plain file after a binary one", () => {
    const diff = "Binary files a/x.png and b/x.png differ\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n";
    expect(outlines(diff)).toEqual(["modified x.png binary", "modified y +1 -1"]);
  });

  it("reads on after a hunk that was cut off", () => {
    const diff =
      "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,90 +1,90 @@\n one\n+two\ndiff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n";
    expect(outlines(diff)).toEqual(["modified x +1 -0", "modified y +1 -1"]);
  });
});

describe("parseDiff on text that is no diff", () => {
  it.each([
    ["nothing", ""],
    ["prose", "Fix the thing.\n--- or not ---\n+++ maybe\nThe end."],
    ["a list in YAML", "---\n- one\n+ two\n"],
    [
      "a --stat summary",
      " src/a.ts | 4 ++--\n src/b.ts | 2 ++\n 2 files changed, 4 insertions(+), 2 deletions(-)\n",
    ],
  ])("finds no files in %s", (_, text) => {
    expect(parseDiff(text)).toEqual({ preamble: text, files: [] });
  });
});

describe("parseDiff on hostile text", () => {
  const size = 512 * 1024;
  const header = "diff --git a/x b/x\n--- a/x\n+++ b/x\n";
  const parents = 60;
  const combined = `diff --cc x\n${"@".repeat(parents + 1)} ${"-1,9 ".repeat(parents)}+1,999999999 ${"@".repeat(parents + 1)}\n`;

  it.each([
    ["line ends", header + "\n".repeat(size)],
    ["hunk headers", header + "@@ -1,2 +3,4 @@\n".repeat(size / 16)],
    ["broken hunk headers", header + `${"@@ -1 ".repeat(60)}\n`.repeat(size / 361)],
    ["git headers", "diff --git a/x b/x\n".repeat(size / 19)],
    ["one git header", `diff --git ${"a ".repeat(size / 2)}`],
    ["one quoted name", `diff --git "${"\\303".repeat(size / 4)}`],
    ["marker pairs", "--- a\n+++ b\n@@ -1 +1 @@\n".repeat(size / 24)],
    [
      "a marker with endless spaces",
      `--- ${" ".repeat(size / 2)}(\n+++ ${" (".repeat(size / 4)}\n@@ -1 +1 @@\n`,
    ],
    ["binary names", `${header}@@ -1 +1 @@\n-a\n+b\nBinary files ${" and x".repeat(size / 6)}`],
    ["a merge of many parents", combined + "\n".repeat(size)],
    ["a hunk that promises too much", `${header}@@ -1,${"9".repeat(90)} +1 @@\n${"-x\n".repeat(size / 3)}`],
  ])("reads 512 KiB of %s within a second, and loses nothing", (_, diff) => {
    const startedAt = performance.now();
    const joined = rejoin(diff);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(joined === diff).toBe(true);
  });
});
