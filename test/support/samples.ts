import type { QueuedJob, StoredReport } from "../../src/core/ports.ts";
import type { Report, ReportContent } from "../../src/core/report.ts";
import type { ReportRequest } from "../../src/core/report-request.ts";
import type { JobEvent } from "../../src/core/job.ts";

/** A commit with every field but the optional `template`; its lists are mutable, as protobuf's are. */
type SampleInput = Omit<ReportRequest, "template" | "tenant" | "files" | "components"> & {
  files: string[];
  components: string[];
};

export function sampleInput(changes: Partial<SampleInput> = {}): SampleInput {
  return {
    userId: "ada",
    commitSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
    repo: "acme/shop",
    message: "feat(cart): keep the cart over a restart\n\nCustomers lost their carts on every deploy.",
    files: ["src/cart.ts", "test/cart.test.ts"],
    components: ["cart"],
    diffSummary: "",
    ...changes,
  };
}

export function sampleRequest(changes: Partial<ReportRequest> = {}): ReportRequest {
  return { ...sampleInput(), tenant: "public", ...changes };
}

export function sampleContent(changes: Partial<ReportContent> = {}): ReportContent {
  return {
    title: "Keep the cart over a restart",
    summary: "The cart is now stored in the database, so that a restart of the shop no longer empties it.",
    changes: ["Store the cart in the database", "Load it when a session begins"],
    rationale: "Customers lost their carts on every deploy.",
    impactAndTests: "Touches the cart. Test a restart in the middle of a purchase.",
    nextSteps: ["Expire carts after a month"],
    tags: ["cart"],
    ...changes,
  };
}

export function sampleReport(changes: Partial<Report> = {}): Report {
  return {
    ...sampleContent(),
    provider: "gemini",
    model: "gemini-test",
    fallback: false,
    generatedAt: "2026-01-01T00:00:00.000Z",
    promptVersion: "1",
    ...changes,
  };
}

export function sampleFallback(): Report {
  return sampleReport({ provider: "template", model: "", fallback: true });
}

export function storedReport(jobId: string, report: Report = sampleReport(), storedAtMs = 0): StoredReport {
  return { report, jobId, storedAtMs };
}

export function queuedJob(jobId: string): QueuedJob {
  return { jobId, fingerprint: `fingerprint-of-${jobId}`, request: sampleRequest() };
}

export const queuedEvent: JobEvent = {
  type: "queued",
  tenant: "public",
  userId: "ada",
  repo: "acme/shop",
  commitSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
};
