import { create } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import * as proto from "../../gen/stepper/v1/report_service_pb.ts";
import type { Enqueued } from "../core/enqueue-report.ts";
import type { Attempt, Job, JobStatus } from "../core/job.ts";
import type { Report, TokenUsage } from "../core/report.ts";
import type { WatchEvent } from "../core/watch-job.ts";

const statuses = {
  queued: proto.JobStatus.QUEUED,
  running: proto.JobStatus.RUNNING,
  completed: proto.JobStatus.COMPLETED,
  failed: proto.JobStatus.FAILED,
  cancelled: proto.JobStatus.CANCELLED,
} as const satisfies Record<JobStatus, proto.JobStatus>;

/** Milliseconds as a protobuf duration. */
export function toDuration(exactMs: number): Duration {
  const ms = Math.round(exactMs);
  return create(DurationSchema, { seconds: BigInt(Math.trunc(ms / 1_000)), nanos: (ms % 1_000) * 1e6 });
}

export function toEnqueueResponse(enqueued: Enqueued): proto.EnqueueResponse {
  if (enqueued.status !== "completed") {
    return create(proto.EnqueueResponseSchema, { status: statuses[enqueued.status], jobId: enqueued.jobId });
  }
  const { report, stale, jobId = "" } = enqueued;
  return create(proto.EnqueueResponseSchema, {
    status: statuses.completed,
    cached: true,
    stale,
    jobId,
    report: toReport(report),
  });
}

export function toGetResponse(job: Job): proto.GetResponse {
  return create(proto.GetResponseSchema, { job: toJob(job) });
}

export function toCancelResponse(job: Job): proto.CancelResponse {
  return create(proto.CancelResponseSchema, { job: toJob(job) });
}

export function toWatchJobResponse(event: WatchEvent): proto.WatchJobResponse {
  const seq = event.type === "heartbeat" ? 0n : BigInt(event.seq);
  return create(proto.WatchJobResponseSchema, { seq, time: toTimestamp(event.time), event: toEvent(event) });
}

type EventShape = NonNullable<MessageInitShape<typeof proto.WatchJobResponseSchema>["event"]>;

function toEvent(event: WatchEvent): EventShape {
  switch (event.type) {
    case "queued":
      return { case: "queued", value: {} };
    case "started":
      return { case: "started", value: { run: event.run } };
    case "attempt_started":
      return { case: "attemptStarted", value: { provider: event.provider, number: event.number } };
    case "attempt_failed":
      return { case: "attemptFailed", value: { attempt: toAttempt(event.attempt) } };
    case "provider_skipped": {
      const { provider, reason, retryAfterMs } = event;
      return { case: "providerSkipped", value: { provider, reason, ...retryAfter(retryAfterMs) } };
    }
    case "completed": {
      const { report, attempt } = event;
      const value = { report: toReport(report), ...(attempt && { attempt: toAttempt(attempt) }) };
      return { case: "completed", value };
    }
    case "failed":
      return { case: "failed", value: { error: event.error } };
    case "cancelled":
      return { case: "cancelled", value: {} };
    case "heartbeat":
      return { case: "heartbeat", value: {} };
  }
}

function toJob(job: Job): MessageInitShape<typeof proto.JobSchema> {
  const { jobId, repo, commitSha, userId, startedAt, finishedAt, error } = job;
  return {
    jobId,
    repo,
    commitSha,
    userId,
    status: statuses[job.status],
    createdAt: toTimestamp(job.createdAt),
    ...(startedAt !== undefined && { startedAt: toTimestamp(startedAt) }),
    ...(finishedAt !== undefined && { finishedAt: toTimestamp(finishedAt) }),
    attempts: job.attempts.map(toAttempt),
    ...(job.report && { report: toReport(job.report) }),
    ...(error && { error }),
  };
}

function toAttempt(attempt: Attempt): MessageInitShape<typeof proto.AttemptSchema> {
  const {
    provider,
    number,
    outcome,
    errorKind = "",
    message = "",
    durationMs,
    retryAfterMs,
    tokenUsage,
  } = attempt;
  return {
    provider,
    number,
    outcome: outcome === "succeeded" ? proto.Attempt_Outcome.SUCCEEDED : proto.Attempt_Outcome.FAILED,
    errorKind,
    message,
    duration: toDuration(durationMs),
    ...retryAfter(retryAfterMs),
    ...(tokenUsage && { tokenUsage: toTokenUsage(tokenUsage) }),
  };
}

function toReport(report: Report): MessageInitShape<typeof proto.ReportSchema> {
  const { generatedAt, tokenUsage, changes, nextSteps, tags, warnings = [], ...rest } = report;
  return {
    ...rest,
    changes: [...changes],
    nextSteps: [...nextSteps],
    tags: [...tags],
    generatedAt: toTimestamp(generatedAt),
    warnings: [...warnings],
    ...(tokenUsage && { tokenUsage: toTokenUsage(tokenUsage) }),
  };
}

function toTokenUsage({
  inputTokens,
  outputTokens,
}: TokenUsage): MessageInitShape<typeof proto.TokenUsageSchema> {
  return { inputTokens: BigInt(inputTokens), outputTokens: BigInt(outputTokens) };
}

function retryAfter(ms: number | undefined) {
  return ms === undefined ? {} : { retryAfter: toDuration(ms) };
}

function toTimestamp(iso: string): Timestamp {
  return timestampFromDate(new Date(iso));
}
