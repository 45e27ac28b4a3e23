import { describe, expect, it } from "@jest/globals";
import { stripEscapeSequences } from "../../src/core/escape-sequences.ts";

describe("stripEscapeSequences", () => {
  it.each([
    ["a colour", "\u001b[1;31mred\u001b[0m", "red"],
    ["an erased screen", "a\u001b[2Jb", "ab"],
    ["a private mode", "a\u001b[?25lb", "ab"],
    ["a sequence with intermediate characters", "a\u001b[0 qb", "ab"],
    ["an 8-bit CSI", "a\u009b31mb", "ab"],
    ["a title that ends with BEL", "a\u001b]0;owned\u0007b", "ab"],
    ["a link that ends with ST", "\u001b]8;;https://x.example\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["an 8-bit OSC with an 8-bit ST", "a\u009d0;owned\u009cb", "ab"],
    ["a device control string", "a\u001bP1$r0m\u001b\\b", "ab"],
    ["a reset", "a\u001bcb", "ab"],
    ["a saved cursor", "a\u001b7b", "ab"],
    ["a character set", "a\u001b(Bb", "ab"],
  ])("takes %s out whole", (_, text, expected) => {
    expect(stripEscapeSequences(text)).toBe(expected);
  });

  it.each([
    ["a title without an end", "a\u001b]0;the rest\nof it", "a0;the rest\nof it"],
    ["a colour without an end", "a\u001b[31", "a31"],
    ["a lone escape at the end", "a\u001b", "a\u001b"],
    ["brackets alone", "a[31m]0;b", "a[31m]0;b"],
    ["letters of any script", "Grüße, 世界 🚀", "Grüße, 世界 🚀"],
  ])("takes no text away with %s", (_, text, expected) => {
    expect(stripEscapeSequences(text)).toBe(expected);
  });

  it("takes time in proportion to the text, however hostile", () => {
    const hostile = ["\u001b]", "\u009d", "\u001b[", "\u001b[1;", "\u001b]a\u001b", "\u001b("];
    for (const piece of hostile)
      expect(stripEscapeSequences(piece.repeat(200_000)).length).toBeLessThan(900_000);
  });
});
