import { durationMs, timestampDate } from "@bufbuild/protobuf/wkt";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { Attempt_Outcome, JobStatus as ProtoJobStatus } from "../../gen/stepper/v1/report_service_pb.ts";
import type {
  Attempt as ProtoAttempt,
  Job as ProtoJob,
  JobError as ProtoJobError,
  Report as ProtoReport,
  TokenUsage as ProtoTokenUsage,
  WatchJobResponse,
} from "../../gen/stepper/v1/report_service_pb.ts";
import type {
  AttemptErrorKind,
  Attempt,
  Job,
  JobError,
  JobStatus,
  LoggedEvent,
  SkipReason,
} from "../core/job.ts";
import type { Report, ReportWarning, TokenUsage } from "../core/report.ts";

/** What a client sees of a job: a logged event without what only the server knows, or a sign of life. */
export type WatchedEvent =
  | Exclude<LoggedEvent, { readonly type: "queued" }>
  | { readonly type: "queued"; readonly seq: number; readonly time: string }
  | { readonly type: "heartbeat"; readonly time: string };

const EPOCH = new Date(0).toISOString();

const ATTEMPT_ERROR_KINDS: ReadonlySet<string> = new Set([
  "rate_limited",
  "timeout",
  "unavailable",
  "auth",
  "rejected",
  "invalid_output",
  "overtaken",
] satisfies AttemptErrorKind[]);

const SKIP_REASONS: ReadonlySet<string> = new Set([
  "circuit_open",
  "cooling_down",
  "disabled",
  "deadline",
] satisfies SkipReason[]);

const JOB_ERROR_KINDS: ReadonlySet<string> = new Set([
  "internal",
  "interrupted",
] satisfies JobError["kind"][]);

function isReportWarning(word: string): word is ReportWarning {
  return word === ("suspected_prompt_injection" satisfies ReportWarning);
}

/** A report as the wire has it, in the domain's words. */
export function fromProtoReport(report: ProtoReport): Report {
  const { title, summary, changes, rationale, impactAndTests, nextSteps, tags, tokenUsage } = report;
  const { provider, model, fallback, promptVersion, generatedAt } = report;
  // What a newer server warns of is not for this version to know.
  const warnings = report.warnings.filter(isReportWarning);
  return {
    ...{ title, summary, changes, rationale, impactAndTests, nextSteps, tags },
    ...{ provider, model, fallback, promptVersion, generatedAt: toTime(generatedAt) ?? EPOCH },
    ...(tokenUsage && { tokenUsage: toTokenUsage(tokenUsage) }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** A job as the wire has it, in the domain's words. */
export function fromProtoJob(job: ProtoJob): Job {
  const startedAt = toTime(job.startedAt);
  const finishedAt = toTime(job.finishedAt);
  return {
    jobId: job.jobId,
    status: toJobStatus(job.status),
    repo: job.repo,
    commitSha: job.commitSha,
    userId: job.userId,
    createdAt: toTime(job.createdAt) ?? EPOCH,
    attempts: job.attempts.map(toAttempt),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(job.report && { report: fromProtoReport(job.report) }),
    ...(job.error && { error: toJobError(job.error) }),
  };
}

/** An event as the wire has it; undefined for one that only newer servers know. */
export function fromProtoEvent(response: WatchJobResponse): WatchedEvent | undefined {
  const { event } = response;
  const time = toTime(response.time) ?? EPOCH;
  const place = { seq: Number(response.seq), time };
  switch (event.case) {
    case "queued":
      return { type: "queued", ...place };
    case "started":
      return { type: "started", run: event.value.run, ...place };
    case "attemptStarted":
      return {
        type: "attempt_started",
        provider: event.value.provider,
        number: event.value.number,
        ...place,
      };
    case "attemptFailed":
      return (
        event.value.attempt && { type: "attempt_failed", attempt: toAttempt(event.value.attempt), ...place }
      );
    case "providerSkipped":
      return toProviderSkipped(event.value, place);
    case "completed":
      return (
        event.value.report && {
          type: "completed",
          ...toCompletion(event.value.report, event.value.attempt),
          ...place,
        }
      );
    case "failed":
      return { type: "failed", error: toJobError(event.value.error), ...place };
    case "cancelled":
      return { type: "cancelled", ...place };
    case "heartbeat":
      return { type: "heartbeat", time };
    case undefined:
      return undefined;
  }
}

interface Place {
  readonly seq: number;
  readonly time: string;
}

interface ProtoSkip {
  readonly provider: string;
  readonly reason: string;
  readonly retryAfter?: Duration | undefined;
}

function toProviderSkipped(
  { provider, reason, retryAfter }: ProtoSkip,
  place: Place,
): WatchedEvent | undefined {
  if (!isSkipReason(reason)) return undefined;
  return {
    type: "provider_skipped",
    provider,
    reason,
    ...(retryAfter && { retryAfterMs: durationMs(retryAfter) }),
    ...place,
  };
}

function toCompletion(report: ProtoReport, attempt: ProtoAttempt | undefined) {
  return { report: fromProtoReport(report), ...(attempt && { attempt: toAttempt(attempt) }) };
}

function toAttempt(attempt: ProtoAttempt): Attempt {
  const { provider, number, outcome, errorKind, message, duration, retryAfter, tokenUsage } = attempt;
  return {
    provider,
    number,
    outcome: outcome === Attempt_Outcome.SUCCEEDED ? "succeeded" : "failed",
    durationMs: duration ? durationMs(duration) : 0,
    ...(isAttemptErrorKind(errorKind) && { errorKind }),
    ...(message !== "" && { message }),
    ...(retryAfter && { retryAfterMs: durationMs(retryAfter) }),
    ...(tokenUsage && { tokenUsage: toTokenUsage(tokenUsage) }),
  };
}

function toJobError(error: ProtoJobError | undefined): JobError {
  const kind = error?.kind ?? "";
  return { kind: isJobErrorKind(kind) ? kind : "internal", message: error?.message ?? "unknown" };
}

function toJobStatus(status: ProtoJobStatus): JobStatus {
  switch (status) {
    case ProtoJobStatus.RUNNING:
      return "running";
    case ProtoJobStatus.COMPLETED:
      return "completed";
    case ProtoJobStatus.FAILED:
      return "failed";
    case ProtoJobStatus.CANCELLED:
      return "cancelled";
    case ProtoJobStatus.QUEUED:
    case ProtoJobStatus.JOB_STATUS_UNSPECIFIED:
      return "queued";
  }
}

function toTokenUsage({ inputTokens, outputTokens }: ProtoTokenUsage): TokenUsage {
  return { inputTokens: Number(inputTokens), outputTokens: Number(outputTokens) };
}

function toTime(timestamp: Timestamp | undefined): string | undefined {
  return timestamp && timestampDate(timestamp).toISOString();
}

function isAttemptErrorKind(word: string): word is AttemptErrorKind {
  return ATTEMPT_ERROR_KINDS.has(word);
}

function isSkipReason(word: string): word is SkipReason {
  return SKIP_REASONS.has(word);
}

function isJobErrorKind(word: string): word is JobError["kind"] {
  return JOB_ERROR_KINDS.has(word);
}
