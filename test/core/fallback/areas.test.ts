import { describe, expect, it } from "@jest/globals";
import { toAreas } from "../../../src/core/fallback/areas.ts";
import { toChangedFiles } from "../../../src/core/fallback/changed-files.ts";
import { fileDiff, requestWith } from "./commit-builder.ts";

function areasOf(files: string[], components: string[] = []) {
  const areas = toAreas(toChangedFiles(requestWith({ files })).files, components);
  return Object.fromEntries(areas.map((area) => [area.name, area.files.length]));
}

describe("toAreas", () => {
  it("groups by top-level folder, and by the folder below where the first says little", () => {
    const files = [
      "src/core/a.ts",
      "src/core/x/b.ts",
      "src/rpc/c.ts",
      "docs/d/e.md",
      "src/f.ts",
      "README.md",
    ];
    expect(areasOf(files)).toEqual({ "src/core": 2, "src/rpc": 1, docs: 1, src: 1, "top level": 1 });
  });

  it("groups by the given components where they name a folder", () => {
    const files = ["src/core/a.ts", "src/core/queue/b.ts", "lib/Queue/c.ts", "docs/d.md"];
    expect(areasOf(files, ["src/core", "queue", "", "unused"])).toEqual({ "src/core": 2, queue: 1, docs: 1 });
  });

  it("puts the most changed area first", () => {
    const diffSummary = fileDiff("a/x.ts", ["+1"]) + fileDiff("b/y.ts", ["+1", "+2"]);
    const { files } = toChangedFiles(requestWith({ diffSummary }));
    expect(toAreas(files, []).map(({ name }) => name)).toEqual(["b", "a"]);
  });
});
