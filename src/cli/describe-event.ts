import type { ReportEvent } from "./report-source.ts";

/** What the user should read while a report is being made; undefined when an event changes nothing. */
export function describeEvent(event: ReportEvent): string | undefined {
  switch (event.type) {
    case "queued":
      return "waiting for a worker";
    case "started":
      return event.run > 1 ? `started again (run ${event.run})` : "started";
    case "attempt_started":
      return event.number > 1
        ? `asking ${event.provider} (attempt ${event.number})`
        : `asking ${event.provider}`;
    case "attempt_failed":
      return `${event.attempt.provider} failed (${event.attempt.errorKind ?? "unknown"})`;
    case "provider_skipped":
      return `${event.provider} skipped (${event.reason})`;
    case "retrying":
      return `${event.reason}; next try in ${Math.ceil(event.delayMs / 1_000)} s`;
    case "completed":
      return "done";
    case "failed":
      return "failed";
    case "cancelled":
      return "cancelled";
    case "heartbeat":
      return undefined;
  }
}
