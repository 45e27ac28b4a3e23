import { createFallbackReport } from "../../../src/core/fallback-report.ts";
import type { ReportContent } from "../../../src/core/report.ts";
import { toReportRequest } from "../../../src/core/report-request.ts";
import type { ReportInput, ReportRequest } from "../../../src/core/report-request.ts";

/** A checked request for a commit; what a test doesn't say is short and valid. */
export function requestWith(parts: Partial<ReportInput>): ReportRequest {
  const commit = { userId: "ada", commitSha: "0123456789abcdef", repo: "acme/shop", message: "Change it" };
  return toReportRequest("public", { ...commit, ...parts });
}

/** The diff of one changed file, as git prints it. `lines` start with `+`, `-` or a space. */
export function fileDiff(path: string, lines: readonly string[], heading = ""): string {
  return diffOf(path, lines, `index 1234567..89abcde 100644\n--- a/${path}\n+++ b/${path}`, heading);
}

/** The diff of one new file. */
export function newFileDiff(path: string, lines: readonly string[]): string {
  const added = lines.map((line) => `+${line}`);
  return diffOf(
    path,
    added,
    `new file mode 100644\nindex 0000000..89abcde\n--- /dev/null\n+++ b/${path}`,
    "",
  );
}

/** The diff of one deleted file. */
export function deletedFileDiff(path: string, lines: readonly string[]): string {
  const removed = lines.map((line) => `-${line}`);
  return diffOf(
    path,
    removed,
    `deleted file mode 100644\nindex 89abcde..0000000\n--- a/${path}\n+++ /dev/null`,
    "",
  );
}

function diffOf(path: string, lines: readonly string[], header: string, heading: string): string {
  const oldLines = lines.filter((line) => !line.startsWith("+")).length;
  const newLines = lines.filter((line) => !line.startsWith("-")).length;
  const hunk = `@@ -1,${oldLines} +1,${newLines} @@${heading === "" ? "" : ` ${heading}`}`;
  return `diff --git a/${path} b/${path}\n${header}\n${hunk}\n${lines.join("\n")}\n`;
}

/** The fallback report on such a commit. */
export function reportOn(parts: Partial<ReportInput>): ReportContent {
  return createFallbackReport(requestWith(parts));
}
