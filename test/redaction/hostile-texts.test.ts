import { performance } from "node:perf_hooks";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { createRedactor } from "../../src/redaction/redactor.ts";
import { createHostileTexts, HOSTILE_PIECES, repeatTo } from "./hostile-texts.ts";

const SIZE = 64 * 1024;

/**
 * A generous bound instead of a comparison of times: linear rules need some ten milliseconds for 64 KiB, quadratic ones
 * billions of steps and cubic ones days, so neither a slow machine nor a lucky one decides.
 */
const BOUND_MS = 2_000;

function measure(text: string): number {
  const startedAt = performance.now();
  createRedactor([text]).redact(text);
  return performance.now() - startedAt;
}

describe("hostile texts", () => {
  it.each(createHostileTexts(SIZE))("hold the redactor no longer than they are long: %j", (_, text) => {
    expect(measure(text)).toBeLessThan(BOUND_MS);
  });

  it("hold it no longer when they are put together from pieces of others", () => {
    const pieces = fc.array(fc.constantFrom(...HOSTILE_PIECES), { minLength: 2, maxLength: 5 });
    const runs = fc.integer({ min: 1, max: 2_000 });
    fc.assert(
      fc.property(pieces, runs, (chosen, times) => {
        const text = chosen.map((piece) => piece.repeat(times)).join("");
        expect(measure(repeatTo(SIZE, text))).toBeLessThan(BOUND_MS);
      }),
    );
  });
});
