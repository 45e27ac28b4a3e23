import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Alert } from "../../src/alerts/alert.ts";
import { createOperatorNews } from "../../src/alerts/operator-news.ts";
import type { OperatorNews } from "../../src/alerts/operator-news.ts";
import type { Report } from "../../src/core/report.ts";
import { sampleContent, sampleRequest } from "../support/samples.ts";

let raised: Alert[];
let news: OperatorNews;

beforeEach(() => {
  raised = [];
  news = createNews(["gemini", "openai"]);
});

function createNews(providers: readonly string[]): OperatorNews {
  const raise = (alert: Alert): void => void raised.push(alert);
  return createOperatorNews({ raise, close: () => Promise.resolve() }, providers);
}

const kinds = () => raised.map(({ kind }) => kind);
const job = { jobId: "job-1", fingerprint: "f", request: sampleRequest({ commitSha: "abc" }) };

function made(fallback: boolean): Report {
  const origin = { provider: "p", model: "", generatedAt: "2026-01-01T00:00:00Z", promptVersion: "1" };
  return { ...sampleContent(), ...origin, fallback };
}

describe("an operator hears", () => {
  it("once that a circuit has opened, however often its probes fail, and once that it has closed", () => {
    for (const circuit of ["open", "half-open", "open", "half-open", "closed"] as const)
      news.onCircuit("gemini", circuit);
    expect(kinds()).toEqual(["circuit_opened", "circuit_closed"]);
    news.onCircuit("gemini", "open");
    expect(kinds()).toHaveLength(3);
  });

  it("why providers last failed, unless they have succeeded since", () => {
    const failed = { outcome: "failed", durationMs: 1 } as const;
    news.onAttempt({ ...failed, provider: "gemini", errorKind: "timeout" });
    news.onAttempt({ ...failed, provider: "openai", errorKind: "auth" });
    news.onAttempt({ provider: "openai", outcome: "succeeded", durationMs: 1 });
    news.onReport(made(true), job);
    expect(raised).toEqual([
      {
        kind: "all_providers_failed",
        text: `Job job-1 (${job.request.repo}, abc) was made by the template. Last failures: gemini timeout.`,
      },
    ]);
  });

  it("of a fallback that was made at once, too", () => {
    news.onReport(made(true));
    expect(raised[0]?.text).toBe("A report was made by the template.");
  });

  it("nothing of reports that models wrote, nor of the template where there are no providers", () => {
    news.onReport(made(false), job);
    createNews([]).onReport(made(true), job);
    expect(raised).toEqual([]);
  });

  it("of a job that failed, and how to run it again", () => {
    news.onJobFailed("job-1", { kind: "internal", message: "no" });
    expect(raised).toEqual([
      { kind: "job_failed", text: "Job job-1: no. Run it again with: stepper jobs retry job-1" },
    ]);
  });

  it("of a Redis that goes and comes back, and not of one that is there from the start", () => {
    for (const isReachable of [true, false, true]) news.onReachable(isReachable);
    expect(kinds()).toEqual(["engine_lost", "engine_back"]);
  });
});
