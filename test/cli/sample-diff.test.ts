import { describe, expect, it } from "@jest/globals";
import { createDiffSampler } from "../../src/cli/sample-diff.ts";

function fileDiff(name: string, lines: number): string {
  const header = `diff --git a/${name} b/${name}\n--- a/${name}\n+++ b/${name}\n`;
  return `${header}@@ -0,0 +1,${lines} @@\n${"+line\n".repeat(lines)}`;
}

function sample(diff: string, limits: { maxFileBytes: number; maxBytes: number }, chunkBytes = diff.length) {
  const sampler = createDiffSampler(limits);
  const bytes = Buffer.from(diff);
  let wantsMore = true;
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    wantsMore = sampler.take(bytes.subarray(start, start + chunkBytes));
  }
  return { text: sampler.end(), wantsMore };
}

describe("createDiffSampler", () => {
  it("keeps a diff within its limits as it is, however it is cut into chunks", () => {
    const diff = fileDiff("a", 3) + fileDiff("b", 2).replace("+line\n", "+größer — 日本\n");
    for (const chunkBytes of [1, 2, 7, 64, diff.length]) {
      expect(sample(diff, { maxFileBytes: 1_000, maxBytes: 10_000 }, chunkBytes).text).toBe(diff);
    }
  });

  it("keeps the last line when no line feed ends it", () => {
    expect(sample("+x", { maxFileBytes: 100, maxBytes: 100 }).text).toBe("+x");
  });

  it("cuts a long file, counts what is missing, and goes on with the next", () => {
    const small = fileDiff("b", 1);
    for (const chunkBytes of [1, 13, 100_000]) {
      const { text } = sample(fileDiff("a", 100) + small, { maxFileBytes: 90, maxBytes: 10_000 }, chunkBytes);
      const shown = text.slice(0, text.indexOf("diff --git a/b")).match(/^\+line?/gm)?.length ?? 0;
      const missing = Number(/\[(\d+) more lines of this file are not shown: \+\1 -0\]\n@@/.exec(text)?.[1]);
      expect(shown + missing).toBeGreaterThanOrEqual(99);
      expect(shown + missing).toBeLessThanOrEqual(101);
      expect(text.endsWith(small)).toBe(true);
    }
  });

  it("cuts a line that never ends", () => {
    const endless = fileDiff("a", 1).replace("+line", `+${"x".repeat(10_000)}`);
    const { text } = sample(endless + fileDiff("b", 1), { maxFileBytes: 200, maxBytes: 10_000 }, 50);
    expect(text.length).toBeLessThan(500);
    expect(text).toContain("x…\ndiff --git a/b b/b\n");
  });

  it("keeps only the headers of files once the whole is large", () => {
    const { text, wantsMore } = sample(fileDiff("a", 20) + fileDiff("b", 20), {
      maxFileBytes: 1_000,
      maxBytes: 150,
    });
    expect(text).toContain("--- a/b\n+++ b/b\n[21 more lines of this file are not shown: +20 -0]\n");
    expect(wantsMore).toBe(true);
  });

  it("wants no more once even the headers are too many", () => {
    const files = Array.from({ length: 50 }, (_, index) => fileDiff(`file-${index}`, 1)).join("");
    const { text, wantsMore } = sample(files, { maxFileBytes: 1_000, maxBytes: 300 });
    expect(wantsMore).toBe(false);
    expect(text.length).toBeLessThan(10_000);
  });
});
