import type { Report } from "../../src/core/report.ts";

/** A report that a provider wrote, with what a test wants to be different. */
export function aReport(different: Partial<Report> = {}): Report {
  return {
    title: "Cache the price list",
    summary: "Prices are now read once an hour instead of once a request.",
    changes: ["Add a cache", "Read prices through it"],
    rationale: "The price service was the slowest part of a request.",
    impactAndTests: "Checkout; test an hour's rollover.",
    nextSteps: ["Measure it"],
    tags: ["cache", "prices"],
    provider: "gemini",
    model: "gemini-2.5-flash",
    fallback: false,
    generatedAt: "2025-01-02T03:04:05.000Z",
    promptVersion: "1",
    ...different,
  };
}
