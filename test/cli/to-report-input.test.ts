import { describe, expect, it } from "@jest/globals";
import { toReportRequest } from "../../src/core/report-request.ts";
import type { Commit } from "../../src/cli/read-commit.ts";
import { toReportInput } from "../../src/cli/to-report-input.ts";
import { createFallbackReport } from "../../src/core/fallback-report.ts";
import { readHead, useGitRepositories } from "./use-git-repository.ts";

const createRepository = useGitRepositories();
const FACTS = { repo: "acme/shop", userEmail: undefined };

function toInput(
  commit: Partial<Commit>,
  facts: Partial<{ repo: string; userEmail: string | undefined }> = {},
) {
  const whole = {
    commitSha: "a".repeat(40),
    authorEmail: "ada@example.com",
    message: "Fix",
    files: [],
    diff: "",
    isShallowBoundary: false,
    ...commit,
  };
  return toReportInput(whole, { ...FACTS, ...facts });
}

/** Of a commit that breaks every bound at once. */
const monstrous = toInput(
  {
    authorEmail: "é".repeat(500),
    message: "😀".repeat(20_000),
    files: Array.from(
      { length: 3_000 },
      (_, index) => `${"folder😀".repeat(60)}${index}/${"x".repeat(4_000)}.ts`,
    ),
    diff: `diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -0,0 +1,100000 @@\n${"+日本語\n".repeat(100_000)}`,
  },
  { repo: "r".repeat(400) },
);

describe("toReportInput", () => {
  it("cuts the most monstrous commit down to what a request may hold", () => {
    expect(() => toReportRequest("public", monstrous)).not.toThrow();
    expect(Array.from(monstrous.message)).toHaveLength(10_000);
    expect(monstrous.files).toHaveLength(2_000);
    expect(monstrous.files?.[0]).toMatch(/^….*\.ts$/);
    expect(monstrous.components).toHaveLength(1);
  });

  it("fits the diff by its bytes, not by its characters", () => {
    const bytes = Buffer.byteLength(monstrous.diffSummary ?? "");
    expect(bytes).toBeLessThanOrEqual(512 * 1024);
    expect(bytes).toBeGreaterThan(150 * 1024);
    expect(monstrous.diffSummary).toContain("diff --git a/x b/x");
  });

  it("takes each top-level folder once for a component, and no file at the top", () => {
    const { components } = toInput({ files: ["README.md", "src/a.ts", "src/b/c.ts", "test/a.ts"] });
    expect(components).toEqual(["src", "test"]);
  });

  it("takes at most two hundred components", () => {
    const { components } = toInput({ files: Array.from({ length: 300 }, (_, index) => `folder-${index}/a`) });
    expect(components).toHaveLength(200);
  });

  it("says of an empty commit that it changes no files, but not where nobody knows", () => {
    expect(toInput({}).diffSummary).toBe(" 0 files changed\n");
    expect(toInput({ isShallowBoundary: true }).diffSummary).toBe("");
  });

  it.each([
    ["an empty commit", ["commit", "--allow-empty", "--message=Trigger the build"]],
    ["a merge that keeps ours", ["merge", "--strategy=ours", "--no-edit", "topic"]],
  ])("lets the template's report on %s say so", async (_, command) => {
    const repository = createRepository();
    repository.commit("Begin");
    repository.git("checkout", "--quiet", "-b", "topic");
    repository.write("a.ts", "x\n");
    repository.commit("Add a");
    repository.git("checkout", "--quiet", "main");
    repository.git(...command);
    const input = toReportInput(await readHead(repository), FACTS);
    const { summary, changes, impactAndTests } = createFallbackReport(toReportRequest("public", input));
    expect(changes).toEqual(["The commit changes no files."]);
    expect(`${summary} ${impactAndTests}`).not.toContain("unknown");
  });

  it("lets a stand-in speak for an empty message", () => {
    expect(toInput({ message: " \n" }).message).toBe("(no commit message)");
  });

  it("names the user by git's configuration, else by the author, else as local", () => {
    expect(toInput({}, { userEmail: "me@example.com" }).userId).toBe("me@example.com");
    expect(toInput({}).userId).toBe("ada@example.com");
    expect(toInput({ authorEmail: "" }).userId).toBe("local");
  });
});
