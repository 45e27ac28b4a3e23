import { describe, expect, it } from "@jest/globals";
import { fitDiff, parseDiff } from "../../../src/core/diff.ts";

function addedLines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `+${line(index)}\n`).join("");
}

/** A new file of `count` lines, as git prints it. */
function newFile(
  path: string,
  count: number,
  line = (index: number) => `const value${index} = ${index};`,
): string {
  const header = `diff --git a/${path} b/${path}\nnew file mode 100644\nindex 0000000..1234567\n--- /dev/null\n+++ b/${path}\n`;
  return `${header}@@ -0,0 +1,${count} @@\n${addedLines(count, line)}`;
}

function binaryFile(path: string): string {
  return `diff --git a/${path} b/${path}\nindex 1..2 100644\nGIT binary patch\nliteral 9\n${"zcmZ\n".repeat(400)}\n`;
}

/** False when half of a surrogate pair stands alone: UTF-8 can't hold it. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function omittedPaths(diff: string, maxCharacters: number): string[] {
  return fitDiff(diff, maxCharacters).omitted.map(({ path }) => path);
}

describe("fitDiff", () => {
  it("returns a diff within the budget unchanged", () => {
    const diff = newFile("src/a.ts", 20);
    expect(fitDiff(diff, diff.length)).toEqual({ text: diff, omitted: [] });
  });

  it("keeps small files whole and cuts the large one at a line's end, saying how much is missing", () => {
    const small = [newFile("src/a.ts", 5), newFile("src/z.ts", 5)] as const;
    const { text, omitted } = fitDiff(small[0] + newFile("src/large.ts", 2_000) + small[1], 3_000);

    expect(omitted).toEqual([]);
    expect(text.startsWith(small[0])).toBe(true);
    expect(text.endsWith(small[1])).toBe(true);
    const [, shown, left] =
      /value(\d+) = \d+;\n\[… ([\d,]+) more lines of this file left out; added, \+2000 -0 in all\]\n/.exec(
        text,
      ) ?? [];
    expect(Number(shown) + 1 + Number(left?.replace(",", ""))).toBe(2_000);
  });

  it("uses most of the budget", () => {
    const diff = newFile("src/a.ts", 500) + newFile("src/b.ts", 3_000) + newFile("src/c.ts", 10);
    expect(fitDiff(diff, 8_000).text.length).toBeGreaterThan(7_800);
  });

  it("gives two large files an equal part", () => {
    const { text } = fitDiff(newFile("src/a.ts", 1_000) + newFile("src/b.ts", 9_000), 6_000);
    const [first = 0, second = 0] = parseDiff(text).files.map((file) => file.text.length);
    expect(Math.abs(first - second)).toBeLessThan(100);
  });

  it.each([
    [
      "a lock file",
      newFile("package-lock.json", 300),
      "[… added package-lock.json (+300 -0, lock file), left out]",
    ],
    [
      "a vendored file",
      newFile("vendor/dep/a.go", 300),
      "[… added vendor/dep/a.go (+300 -0, vendored), left out]",
    ],
    [
      "a generated file",
      newFile("gen/api_pb.ts", 300),
      "[… added gen/api_pb.ts (+300 -0, generated), left out]",
    ],
    [
      "a minified file",
      newFile("public/app.js", 1, () => "x".repeat(9_000)),
      "[… added public/app.js (+1 -0), left out]",
    ],
    ["a binary patch", binaryFile("logo.png"), "[… modified logo.png (binary), left out]"],
  ])("lets %s give way to what people read, but names it", (_, machineWritten, stub) => {
    const source = newFile("src/a.ts", 120);
    const { text, omitted } = fitDiff(machineWritten + source, source.length + 150);

    expect(text).toBe(`${stub}\n${source}`);
    expect(omitted).toHaveLength(1);
  });

  it("shows lock files in what nobody else needs", () => {
    const source = newFile("src/a.ts", 10);
    const { text, omitted } = fitDiff(newFile("yarn.lock", 500) + source, 3_000);

    expect(omitted).toEqual([]);
    expect(text).toContain("+const value0 = 0;\n+const value1");
    expect(text.endsWith(source)).toBe(true);
  });

  it("names a rename with both its names", () => {
    const rename = `diff --git a/old.ts b/new.ts\nsimilarity index 50%\nrename from old.ts\nrename to new.ts\n--- a/old.ts\n+++ b/new.ts\n@@ -0,0 +1,90 @@\n${addedLines(90, String)}`;
    expect(fitDiff(rename, 180).text).toContain("[… renamed old.ts → new.ts (+90 -0), left out]");
  });

  it("lists as many names as it can, source before lock files, when even these don't fit", () => {
    const files = Array.from({ length: 50 }, (_, index) => newFile(`src/file-${index}.ts`, 5));
    const { text, omitted } = fitDiff(newFile("yarn.lock", 5) + files.join(""), 300);

    expect(text).toMatch(/^\[… added src\/file-0\.ts \(\+5 -0\), left out\]\n/);
    expect(text).toMatch(/\n… and 45 more files$/);
    expect(text).not.toContain("yarn.lock");
    expect(omitted).toHaveLength(51);
  });

  it("keeps a name on its own line, and short, whatever is in it", () => {
    const diff =
      newFile("x", 400).replaceAll("a/x b/x", `"a/evil\\nname" "b/evil\\nname"`) +
      newFile("y".repeat(9_000), 400);
    const { text } = fitDiff(diff, 500);

    expect(text.split("\n")[0]).toBe("[… added evil?name (+400 -0), left out]");
    expect(text).toContain(`[… added …${"y".repeat(200)} (+400 -0), left out]`);
  });

  it("keeps the start of a long commit header, and most of the budget for files", () => {
    const { text } = fitDiff(
      `commit 1234\n\n${"    Some words.\n".repeat(500)}\n${newFile("src/a.ts", 900)}`,
      4_000,
    );

    expect(text.startsWith("commit 1234\n\n    Some words.\n")).toBe(true);
    expect(text.indexOf("diff --git")).toBeLessThan(450);
    expect(text).toContain("+const value50 = 50;");
  });

  it("cuts a text that is no diff at a line's end and says how much is missing", () => {
    const { text, omitted } = fitDiff("A line of prose.\n".repeat(100), 300);

    expect(text).toMatch(/^(A line of prose\.\n){15}\[… 1,445 more characters left out\]$/);
    expect(omitted).toEqual([]);
  });

  it("cuts within a line only when it would lose most otherwise, and never within a surrogate pair", () => {
    for (const maxCharacters of [200, 201, 202, 203]) {
      const { text } = fitDiff("🚀".repeat(500), maxCharacters);
      expect(text).toMatch(/^(🚀){80,}…\n\[… [\d,]+ more characters left out\]$/u);
      expect(isWellFormed(text)).toBe(true);
    }
  });

  it("says the same about the same diff each time", () => {
    const diff = Array.from({ length: 30 }, (_, index) => newFile(`src/${index}.ts`, 40)).join("");
    expect(fitDiff(diff, 5_000)).toEqual(fitDiff(diff, 5_000));
  });

  it("tells apart files cut short from files left out", () => {
    const diff = newFile("src/a.ts", 500) + newFile("yarn.lock", 500);
    expect(omittedPaths(diff, 2_000)).toEqual(["yarn.lock"]);
  });

  it("fits every budget, and names every file as soon as the names fit", () => {
    const emoji = newFile("src/💥/ü.ts", 60, (index) => "🙂".repeat(index));
    const diff = `commit 1\n\n    Words\n\n${newFile("a.ts", 3)}${emoji}${binaryFile("b.png")}${newFile("yarn.lock", 90)}${newFile("one-line.js", 1, () => "y".repeat(700))}`;
    for (let maxCharacters = 1; maxCharacters < diff.length; maxCharacters += 7) {
      const { text } = fitDiff(diff, maxCharacters);
      expect(text.length).toBeLessThanOrEqual(maxCharacters);
      expect(isWellFormed(text)).toBe(true);
      const named = ["a.ts", "ü.ts", "b.png", "yarn.lock", "one-line.js"].filter((name) =>
        text.includes(name),
      );
      if (maxCharacters > 300) expect(named).toHaveLength(5);
    }
  });

  it("can be read and cut again, with every file's counts kept", () => {
    const renamed = `diff --git a/old.ts b/new.ts\nrename from old.ts\nrename to new.ts\n--- a/old.ts\n+++ b/new.ts\n@@ -0,0 +1,90 @@\n${addedLines(90, String)}`;
    const diff = newFile("src/a.ts", 900) + newFile("yarn.lock", 500) + binaryFile("b.png") + renamed;
    const outlines = (text: string) => parseDiff(text).files.map(({ text: _, ...outline }) => outline);

    const once = fitDiff(diff, 1_500).text;
    const twice = fitDiff(once, 500);
    expect(outlines(once)).toEqual(outlines(diff));
    expect(outlines(twice.text)).toEqual(outlines(diff));
    expect(twice.omitted.map(({ path }) => path)).toEqual(expect.arrayContaining(["yarn.lock", "b.png"]));
  });

  it("cuts 512 KiB of many files within a second", () => {
    const diff = Array.from({ length: 2_000 }, (_, index) => newFile(`src/${index}.ts`, 4)).join("");
    const startedAt = performance.now();
    const { text } = fitDiff(diff, 150_000);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(text.length).toBeLessThanOrEqual(150_000);
  });
});
