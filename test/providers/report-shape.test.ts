import { describe, expect, it } from "@jest/globals";
import { reportContentSchema } from "../../src/core/report.ts";
import { describeReportShape, REPORT_SHAPE } from "../../src/providers/report-shape.ts";
import { SAMPLE_REPORT } from "../fixtures/vendors/sample-report.ts";

const accepts = (change: object) => reportContentSchema.safeParse({ ...SAMPLE_REPORT, ...change }).success;

describe("the shape that models are told of", () => {
  it("has exactly the fields of a report", () => {
    expect(Object.keys(REPORT_SHAPE).sort()).toEqual(Object.keys(reportContentSchema.shape).sort());
  });

  it.each(Object.entries(REPORT_SHAPE))("has the bounds that a report's %s is held to", (field, shape) => {
    const [min, max] = shape.characters;
    const wrap = (text: string) => ({ [field]: "entries" in shape ? [text] : text });
    expect(accepts(wrap("x".repeat(min)))).toBe(true);
    expect(accepts(wrap("x".repeat(min - 1)))).toBe(false);
    expect(accepts(wrap("x".repeat(max)))).toBe(true);
    expect(accepts(wrap("x".repeat(max + 1)))).toBe(false);
  });

  it.each(
    Object.entries(REPORT_SHAPE).flatMap(([field, shape]) => ("entries" in shape ? [{ field, shape }] : [])),
  )("has the number of entries that a report's $field is held to", ({ field, shape: { entries } }) => {
    const listOf = (length: number) => ({ [field]: Array.from({ length }, () => "entry") });
    expect(accepts(listOf(entries[0]))).toBe(true);
    expect(accepts(listOf(entries[1]))).toBe(true);
    expect(accepts(listOf(entries[1] + 1))).toBe(false);
    if (entries[0] > 0) expect(accepts(listOf(entries[0] - 1))).toBe(false);
  });

  it("is described in words, with bounds, for models that are given no schema", () => {
    const text = describeReportShape();
    expect(text).toContain('- "title": what the commit does, in one line (string of 10 to 120 characters)');
    expect(text).toMatch(/- "changes": .* \(array of 1 to 50 strings, each of 1 to 1000 characters\)/);
  });
});
