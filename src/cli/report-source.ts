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

/** What a source is told of the run that it serves. */
export interface ReportRun {
  /** The shell's variables, without those of `.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** True when people read what is written. */
  readonly isTerminal: boolean;
  /** Writes whole lines to stderr without tearing the progress. */
  readonly write: (lines: string) => void;
}

/** Opens the server at the URL, or the library in this process when there is none. */
export type OpenReportSource = (server: string | undefined, run: ReportRun) => Promise<ReportSource>;

/** Where reports come from: this process, or a server. */
export interface ReportSource {
  /** Gets a report, and waits for it to be made. Rejects with the signal's reason once aborted. */
  report(input: ReportInput, context: ReportContext): Promise<SourcedReport>;
  close(): Promise<void>;
}
