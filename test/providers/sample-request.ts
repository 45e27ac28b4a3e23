import { toReportRequest } from "../../src/core/report-request.ts";
import type { ReportInput, ReportRequest } from "../../src/core/report-request.ts";

/** A checked request, with what a test changes. */
export function createRequest(changes: Partial<ReportInput> = {}): ReportRequest {
  return toReportRequest("public", {
    userId: "user-who-asks",
    commitSha: "4f2a9c1",
    repo: "acme/uploader",
    message: "Retry uploads after a dropped connection",
    files: ["src/upload.ts"],
    components: ["src"],
    diffSummary:
      "diff --git a/src/upload.ts b/src/upload.ts\n--- a/src/upload.ts\n+++ b/src/upload.ts\n@@ -1 +1 @@\n-a\n+b\n",
    ...changes,
  });
}
