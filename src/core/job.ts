import type { ProviderErrorKind } from "./errors.ts";
import type { Report, TokenUsage } from "./report.ts";

/**
 * A job is the fold of its log.
 *
 *   queued ──► started ──► attempt_started ──► attempt_failed ─┐
 *                 ▲  │            │  ▲                          │
 *   (run again) ──┘  │            │  └── provider_skipped ◄─────┤
 *                    ▼            ▼                             │
 *                  failed      completed ◄──── (fallback) ──────┘
 *
 * `completed`, `failed` and, from wherever the job stands, `cancelled` end the log: nothing is appended after them.
 */
export type JobEvent =
  | {
      readonly type: "queued";
      readonly tenant: string;
      readonly userId: string;
      readonly repo: string;
      readonly commitSha: string;
    }
  | {
      readonly type: "started";
      /** Which run of the job this is, from 1. */
      readonly run: number;
    }
  | { readonly type: "attempt_started"; readonly provider: string; readonly number: number }
  | { readonly type: "attempt_failed"; readonly attempt: Attempt }
  | {
      readonly type: "provider_skipped";
      readonly provider: string;
      readonly reason: SkipReason;
      readonly retryAfterMs?: number;
    }
  | {
      readonly type: "completed";
      readonly report: Report;
      /** The call that gave the report; absent on a fallback. */
      readonly attempt?: Attempt;
    }
  | { readonly type: "failed"; readonly error: JobError }
  | { readonly type: "cancelled" };

/** Why a provider was passed over without a call. */
export type SkipReason = "circuit_open" | "cooling_down" | "disabled" | "deadline";

/** An event with its place in the job's log: `seq` from 1 without gaps, `time` ISO 8601 in UTC. */
export type LoggedEvent = JobEvent & { readonly seq: number; readonly time: string };

/** Why a call failed. `overtaken`: with a hedge, another provider's report came first, and the call was given up. */
export type AttemptErrorKind = ProviderErrorKind | "overtaken";

/** One call to a provider. */
export interface Attempt {
  readonly provider: string;
  /** Which call to this provider in this job, from 1. */
  readonly number: number;
  readonly outcome: "succeeded" | "failed";
  readonly errorKind?: AttemptErrorKind;
  /** Safe to show: no key, no prompt, no vendor's body. */
  readonly message?: string;
  readonly durationMs: number;
  readonly retryAfterMs?: number;
  readonly tokenUsage?: TokenUsage;
}

/** Why a job failed; `message` is safe to show. */
export interface JobError {
  readonly kind: "internal" | "interrupted";
  readonly message: string;
}

/** `completed`, `failed` and `cancelled` are terminal. */
export type JobStatus = "queued" | "running" | "completed" | "failed" | "cancelled";

/** A job as it stands. Times are ISO 8601 in UTC. */
export interface Job {
  readonly jobId: string;
  readonly status: JobStatus;
  readonly repo: string;
  readonly commitSha: string;
  readonly userId: string;
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly attempts: readonly Attempt[];
  readonly report?: Report;
  readonly error?: JobError;
}

/** True for the event that ends a job's log. */
export function isTerminal(event: JobEvent): boolean {
  return event.type === "completed" || event.type === "failed" || event.type === "cancelled";
}

/** Folds a job's log, from its first event on, into the job as it stands. */
export function toJob(jobId: string, log: readonly LoggedEvent[]): Job | undefined {
  const [first, ...later] = log;
  if (first?.type !== "queued") return undefined;
  const { userId, repo, commitSha, time } = first;
  const queued: Job = { jobId, status: "queued", repo, commitSha, userId, createdAt: time, attempts: [] };
  return later.reduce(applyEvent, queued);
}

function applyEvent(job: Job, event: LoggedEvent): Job {
  switch (event.type) {
    case "started":
      return { ...job, status: "running", startedAt: job.startedAt ?? event.time };
    case "attempt_failed":
      return { ...job, attempts: [...job.attempts, event.attempt] };
    case "completed":
      return {
        ...job,
        status: "completed",
        finishedAt: event.time,
        attempts: event.attempt ? [...job.attempts, event.attempt] : job.attempts,
        report: event.report,
      };
    case "failed":
      return { ...job, status: "failed", finishedAt: event.time, error: event.error };
    case "cancelled":
      return { ...job, status: "cancelled", finishedAt: event.time };
    case "queued":
    case "attempt_started":
    case "provider_skipped":
      return job;
  }
}
