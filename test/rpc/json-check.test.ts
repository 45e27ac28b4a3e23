import fc from "fast-check";
import { describe, expect, it } from "@jest/globals";
import { createJsonCheck } from "../../src/rpc/limits/json-check.ts";

function accepts(json: string, pieceBytes = Infinity): boolean {
  const see = createJsonCheck();
  const bytes = Buffer.from(json);
  try {
    for (let at = 0; at < bytes.length; at += Math.min(pieceBytes, bytes.length)) {
      see(bytes.subarray(at, at + pieceBytes));
    }
    return true;
  } catch {
    return false;
  }
}

function countContainers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + countContainers(part), 1);
}

describe("the check of a request's JSON", () => {
  it.each([
    ["lists in each other", "[".repeat(1_000), "[".repeat(1_001)],
    ["lists side by side", `[${"[],".repeat(998)}[]]`, `[${"[],".repeat(999)}[]]`],
    ["objects and lists", '{"a":['.repeat(500), `${'{"a":['.repeat(500)}{`],
    [
      "a list after a string that ends in a backslash",
      `"\\\\"${"[".repeat(1_000)}`,
      `"\\\\"${"[".repeat(1_001)}`,
    ],
  ])("takes a thousand of them, and not one more: %s", (_, most, tooMany) => {
    expect(accepts(most)).toBe(true);
    expect(accepts(tooMany)).toBe(false);
  });

  it("does not take brackets in texts for lists", () => {
    expect(accepts(JSON.stringify({ diffSummary: `"${"[{".repeat(5_000)}\\"` }))).toBe(true);
  });

  it("counts in any JSON what is there, however it is cut into pieces", () => {
    const limit = 1_000;
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.integer({ min: 1, max: 50 }), (json, pieceBytes) => {
        const own = countContainers(JSON.parse(json));
        const filled = (more: number): string => `[${json}${",[]".repeat(more)}]`;
        return accepts(filled(limit - own - 1), pieceBytes) && !accepts(filled(limit - own), pieceBytes);
      }),
    );
  });
});
