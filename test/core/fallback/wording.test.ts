import { describe, expect, it } from "@jest/globals";
import {
  capitalised,
  code,
  count,
  cut,
  joinWithin,
  list,
  oneLine,
} from "../../../src/core/fallback/wording.ts";

describe("wording", () => {
  it("counts in singular and plural", () => {
    expect([count(0, "file"), count(1, "file"), count(1_234, "file")]).toEqual([
      "0 files",
      "1 file",
      "1,234 files",
    ]);
  });

  it.each([
    [[], ""],
    [["a"], "a"],
    [["a", "b"], "a and b"],
    [["a", "b", "c"], "a, b and c"],
    [["a", "b", "c", "d"], "a, b, c and 1 more"],
  ])("lists %j as %j", (items, expected) => {
    expect(list(items, 3)).toBe(expected);
  });

  it("leaves nothing of an escape sequence in a line", () => {
    expect(oneLine("\u001b]0;owned\u0007Fix \u001b[31mred\u001b[0m\n carts")).toBe("Fix red carts");
  });

  it("cuts after a word, or within it when it is endless, and counts code points", () => {
    expect(cut("one two three", 10)).toBe("one two…");
    expect(cut("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
    expect(cut("🚀".repeat(10), 10)).toBe("🚀".repeat(10));
    expect(cut("🚀".repeat(11), 10)).toBe(`${"🚀".repeat(9)}…`);
  });

  it("joins as many parts as fit", () => {
    expect(joinWithin(["one", "two", "three"], " ", 8)).toBe("one two");
    expect(joinWithin(["one two three"], " ", 8)).toBe("one two…");
  });

  it("keeps code on one line and within its marks", () => {
    expect(code("a`b\nc\u0000")).toBe("`a'b c`");
    expect(code("\u0007")).toBe("`(no name)`");
  });

  it("drops what can't be printed, and marks that turn the text around", () => {
    expect(oneLine(" a\t\tb\r\n\u202Ec\u0000\ud83d ")).toBe("a b c");
    expect(oneLine("日本 🚀 שלום")).toBe("日本 🚀 שלום");
  });

  it("capitalises words but not code", () => {
    expect([capitalised("add carts"), capitalised("étendre"), capitalised("useCart hook")]).toEqual([
      "Add carts",
      "Étendre",
      "useCart hook",
    ]);
  });
});
