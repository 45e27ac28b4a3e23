import { toChanges } from "./fallback/changes.ts";
import { readCommit } from "./fallback/commit-facts.ts";
import { toImpactAndTests } from "./fallback/impact.ts";
import { toNextSteps } from "./fallback/next-steps.ts";
import { toRationale } from "./fallback/rationale.ts";
import { toSummary } from "./fallback/summary.ts";
import { toTags } from "./fallback/tags.ts";
import { toTitle } from "./fallback/title.ts";
import type { ReportContent } from "./report.ts";
import type { ReportRequest } from "./report-request.ts";

/**
 * The report made from the commit alone, when no provider answered. It says what the message, the paths and the diff
 * show, and claims nothing about intent that the message doesn't state. Always valid, whatever the request holds;
 * the same for the same request.
 */
export function createFallbackReport(request: ReportRequest): ReportContent {
  const facts = readCommit(request);
  return {
    title: toTitle(facts),
    summary: toSummary(facts),
    changes: toChanges(facts),
    rationale: toRationale(facts),
    impactAndTests: toImpactAndTests(facts),
    nextSteps: toNextSteps(facts),
    tags: toTags(facts),
  };
}
