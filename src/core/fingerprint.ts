import { hash } from "node:crypto";
import { REPORT_SCHEMA_VERSION } from "./report.ts";
import type { ReportRequest } from "./report-request.ts";

/**
 * Identifies a request by content: SHA-256, in hex, over everything that the report depends on. `userId` is left out,
 * so that one commit asked for by two colleagues costs one call; the prompt's version is in, so that a new prompt
 * never serves old answers.
 */
export function fingerprint(request: ReportRequest, promptVersion: string): string {
  // JSON keeps the fields apart: no two different requests have the same text.
  const content = JSON.stringify([
    request.tenant,
    request.repo,
    request.commitSha,
    request.message,
    request.files,
    request.components,
    request.diffSummary,
    request.template ?? "",
    promptVersion,
    REPORT_SCHEMA_VERSION,
  ]);
  return hash("sha256", content, "hex");
}
