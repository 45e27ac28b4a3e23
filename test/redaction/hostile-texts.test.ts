import { performance } from "node:perf_hooks";
import { describe, expect, it } from "@jest/globals";
import { createRedactor } from "../../src/redaction/redactor.ts";
import { createHostileTexts } from "./hostile-texts.ts";

describe("hostile texts", () => {
  /**
   * A generous bound instead of a comparison of times: linear rules need milliseconds for each of these, quadratic ones
   * four billion steps and cubic ones days, so neither a slow machine nor a lucky one decides.
   */
  it.each(createHostileTexts(64 * 1024))("hold the redactor no longer than they are long: %s", (_, text) => {
    const startedAt = performance.now();
    createRedactor([text]).redact(text);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
