import { RequestError } from "../core/errors.ts";
import type { Report } from "../core/report.ts";
import type { ReportEvent } from "./report-source.ts";

/**
 * Follows a job's events to its report.
 * @throws {RequestError} `internal` when the job failed, `cancelled` when somebody ended it, `unavailable` when the events end before the job does.
 */
export async function followJob(
  events: AsyncIterable<ReportEvent>,
  onEvent: (event: ReportEvent) => void,
): Promise<Report> {
  for await (const event of events) {
    onEvent(event);
    if (event.type === "completed") return event.report;
    if (event.type === "cancelled") throw new RequestError("cancelled", "the job was cancelled");
    if (event.type === "failed") throw new RequestError("internal", `the job failed: ${event.error.message}`);
  }
  throw new RequestError("unavailable", "the job's events ended before the job did");
}
