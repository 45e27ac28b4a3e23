import { describe, expect, it } from "@jest/globals";
import { textOf, verbatimTextOf } from "../../src/core/text.ts";

const ROCKET = "🚀";
const FAMILY = "👩‍👩‍👧";
const HALF_OF_A_PAIR = "\ud83d";

describe.each([
  ["textOf", textOf],
  ["verbatimTextOf", verbatimTextOf],
])("%s", (_, schemaOf) => {
  it.each([
    ["letters", "x"],
    ["emoji, two UTF-16 units each", ROCKET],
    ["halves of a pair", HALF_OF_A_PAIR],
  ])("takes from the least to the most %s, and not one less or more", (__, character) => {
    const fits = (count: number) => schemaOf(3, 5).safeParse(character.repeat(count)).success;
    expect([2, 3, 4, 5, 6, 7, 11].map(fits)).toEqual([false, true, true, true, false, false, false]);
  });

  it("counts letters and emoji alike when they are mixed", () => {
    expect(schemaOf(1, 4).safeParse(`a${ROCKET}b${ROCKET}`).success).toBe(true);
    expect(schemaOf(1, 4).safeParse(`a${ROCKET}b${ROCKET}c`).success).toBe(false);
    expect(schemaOf(6, 10).safeParse(`a${ROCKET}b${ROCKET}c`).success).toBe(false);
  });

  it("counts what is drawn as one emoji by its code points", () => {
    expect(schemaOf(1, 5).safeParse(FAMILY).success).toBe(true);
    expect(schemaOf(1, 4).safeParse(FAMILY).success).toBe(false);
  });

  it.each([
    ["", 1, 5, "must not be empty"],
    ["ab", 3, 5, "must have at least 3 characters"],
    ["abcdef", 3, 5, "must have at most 5 characters"],
  ])("says of %j what is wrong, in words", (text, min, max, message) => {
    expect(schemaOf(min, max).safeParse(text).error?.issues).toMatchObject([{ message }]);
  });

  it("takes an empty text when none is needed", () => {
    expect(schemaOf(0, 5).parse("")).toBe("");
  });

  it.each([[undefined], [null], [7], [["a"]], [{}]])("takes no %j for text", (value) => {
    expect(schemaOf(0, 5).safeParse(value).success).toBe(false);
  });
});

it("textOf trims before it counts", () => {
  expect(textOf(3, 5).parse(" \n abc \t")).toBe("abc");
  expect(textOf(3, 5).safeParse(" ab ").success).toBe(false);
  expect(textOf(1, 5).safeParse("   ").success).toBe(false);
});

it("verbatimTextOf keeps and counts blanks", () => {
  expect(verbatimTextOf(3, 5).parse(" a ")).toBe(" a ");
  expect(verbatimTextOf(1, 2).safeParse(" a ").success).toBe(false);
});
