import type { JobEvent } from "../core/job.ts";
import type { Report } from "../core/report.ts";
import type { ReportInput } from "../core/report-request.ts";

/** What a waiting user can be told: a job's events, signs of life, and why a request is made again. */
export type ReportEvent =
  | Exclude<JobEvent, { readonly type: "queued" }>
  | { readonly type: "queued" }
  | { readonly type: "heartbeat" }
  | { readonly type: "retrying"; readonly reason: string; readonly delayMs: number };

interface ReportContext {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ReportEvent) => void;
}

/** A report as it was got. */
interface SourcedReport {
  readonly report: Report;
  /** True when it was known before. */
  readonly cached: boolean;
  /** True when it was known before, and is old or a fallback. */
  readonly stale: boolean;
}

/** Where reports come from: this process, or a server. */
export interface ReportSource {
  /** Gets a report, and waits for it to be made. Rejects with the signal's reason once aborted. */
  report(input: ReportInput, context: ReportContext): Promise<SourcedReport>;
  close(): Promise<void>;
}
