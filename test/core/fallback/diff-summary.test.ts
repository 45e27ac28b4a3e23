import { describe, expect, it } from "@jest/globals";
import { parseSummary } from "../../../src/core/fallback/diff-summary.ts";

const unknown = { binary: false, added: undefined, removed: undefined };

describe("parseSummary", () => {
  it("reads git diff --stat, and counts by file only where the graph isn't scaled", () => {
    const stat = ` src/a.ts                | 3 ++-
 src/{old => new}/b.ts    | 0
 logo.png                 | Bin 0 -> 1234 bytes
 src/large.ts             | 900 +++++++++++---
 4 files changed, 800 insertions(+), 103 deletions(-)
`;
    expect(parseSummary(stat)).toEqual({
      files: [
        { path: "src/a.ts", status: "unknown", binary: false, added: 2, removed: 1 },
        {
          path: "src/new/b.ts",
          previousPath: "src/old/b.ts",
          status: "renamed",
          binary: false,
          added: 0,
          removed: 0,
        },
        { path: "logo.png", status: "unknown", ...unknown, binary: true },
        { path: "src/large.ts", status: "unknown", ...unknown },
      ],
      total: { fileCount: 4, added: 800, removed: 103 },
    });
  });

  it("reads git diff --numstat", () => {
    expect(parseSummary("3\t1\tsrc/a.ts\n-\t-\tlogo.png\n2\t0\told.ts => new.ts")).toEqual({
      files: [
        { path: "src/a.ts", status: "unknown", binary: false, added: 3, removed: 1 },
        { path: "logo.png", status: "unknown", ...unknown, binary: true },
        { path: "new.ts", previousPath: "old.ts", status: "renamed", binary: false, added: 2, removed: 0 },
      ],
      total: { fileCount: 3, added: 5, removed: 1 },
    });
  });

  it("reads git diff --name-status", () => {
    expect(parseSummary("A\tsrc/a.ts\nD\tsrc/b.ts\nR097\told.ts\tnew.ts\n")).toEqual({
      files: [
        { path: "src/a.ts", status: "added", ...unknown },
        { path: "src/b.ts", status: "deleted", ...unknown },
        { path: "new.ts", previousPath: "old.ts", status: "renamed", ...unknown },
      ],
      total: undefined,
    });
  });

  it("reads git diff --shortstat, also of nothing", () => {
    expect(parseSummary(" 3 files changed, 10 insertions(+)\n")).toEqual({
      files: [],
      total: { fileCount: 3, added: 10, removed: 0 },
    });
    expect(parseSummary(" 0 files changed\n")).toEqual({
      files: [],
      total: { fileCount: 0, added: 0, removed: 0 },
    });
  });

  it("finds nothing in prose", () => {
    expect(parseSummary("Made | it better.\nA lot.\n")).toEqual({ files: [], total: undefined });
  });
});
