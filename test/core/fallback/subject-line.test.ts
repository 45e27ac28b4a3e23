import { describe, expect, it } from "@jest/globals";
import { toSubjectLine } from "../../../src/core/fallback/subject-line.ts";

describe("toSubjectLine", () => {
  it.each([
    ["feat: add carts", { type: "feat", description: "add carts" }],
    ["feat(cart)!: drop v1", { type: "feat", scope: "cart", breaking: true, description: "drop v1" }],
    ["Fix: Umlauts", { type: "Fix", description: "Umlauts" }],
    ["chore(deps-dev): bump jest", { type: "chore", scope: "deps-dev", description: "bump jest" }],
    ["[docs] explain carts", { type: "docs", description: "explain carts" }],
    [":bug: stop the leak", { type: ":bug:", description: "stop the leak" }],
    ["♻️ feat: both", { type: "feat", description: "both" }],
    ["⚡️ faster", { type: "⚡", description: "faster" }],
    ["net/http: close idle connections", { scope: "net/http", description: "close idle connections" }],
  ])("reads the prefix of %j", (subject, expected) => {
    expect(toSubjectLine(subject)).toEqual({ form: "plain", breaking: false, ...expected });
  });

  it.each([
    "Add carts",
    "Note: this is no type",
    "Why? Because: reasons",
    "[JIRA-12] add carts",
    "🍕 is no gitmoji",
    "feat:",
    "https://example.com/x: see there",
    "",
  ])("leaves %j as it is", (subject) => {
    expect(toSubjectLine(subject)).toEqual({ form: "plain", breaking: false, description: subject });
  });

  it.each([
    ["Merge branch 'topic' into main", "merge"],
    ["Merge pull request #12 from ada/topic", "merge"],
    ["Merge remote-tracking branch 'origin/main'", "merge"],
    ["Merged in topic (pull request #3)", "merge"],
    ['Revert "Add carts"', "revert"],
  ])("knows the form of %j", (subject, form) => {
    expect(toSubjectLine(subject)).toMatchObject({ form, description: subject });
  });

  it("doesn't take a subject that only starts like a merge for one", () => {
    expect(toSubjectLine("Merge sort for carts").form).toBe("plain");
  });

  it.each([
    ["fixup! Add carts", "Add carts"],
    ["squash! fixup! Add carts", "Add carts"],
    ["fixup!", "fixup!"],
  ])("reads the commit that %j belongs to", (subject, description) => {
    expect(toSubjectLine(subject)).toMatchObject({ description });
  });
});
