import { toCacheState } from "./cache-state.ts";
import type { CacheState, Freshness } from "./cache-state.ts";
import { RequestError } from "./errors.ts";
import { toJob } from "./job.ts";
import type { Job, JobStatus } from "./job.ts";
import type { PreparedRequest } from "./prepare-request.ts";
import type { CacheEntry, Clock, JobLog, JobQueue, QueuedJob, ReportCache } from "./ports.ts";
import type { Report } from "./report.ts";

/** What a caller gets: a report now, or the job that will make it. */
export type Enqueued =
  | {
      readonly status: "completed";
      readonly report: Report;
      /** True when the report is old or a fallback. */
      readonly stale: boolean;
      /** The job that renews a stale report. */
      readonly jobId?: string;
    }
  | { readonly status: Exclude<JobStatus, "completed">; readonly jobId: string };

/**
 * Longest that nobody tries again after a job that could ask no provider: that long a circuit is open by default. What
 * mends it earlier, such as a new key, should not be waited for.
 */
export const MAX_REST_MS = 30_000;

/** A job that has no id yet. */
type Wanted = Omit<QueuedJob, "jobId">;

interface EnqueueDependencies {
  readonly cache: ReportCache;
  readonly queue: JobQueue;
  readonly log: JobLog;
  readonly clock: Clock;
  readonly createJobId: () => string;
  readonly freshness: Freshness;
  /** How long a claim lasts when nothing ends it; at least as long as a job may wait and run. */
  readonly claimTtlMs: number;
  /** Told of what the cache had for a request. */
  readonly onLookup?: (state: CacheState["name"]) => void;
}

/**
 * Builds the way in: answers from the cache, or sees to it that exactly one job makes the report.
 *
 * The order is claim, then log, then queue. Whoever dies between two of these steps has promised nothing yet, and the
 * next equal request finds the claim and takes the remaining steps again, which are harmless when already done.
 */
export function createEnqueueReport(deps: EnqueueDependencies) {
  const { cache, queue, log, clock, freshness } = deps;

  const stateOf = (entry: CacheEntry): CacheState => toCacheState(entry, clock.now(), freshness);

  async function logAndQueue(job: QueuedJob): Promise<void> {
    const { tenant, userId, repo, commitSha } = job.request;
    await log.append(job.jobId, { type: "queued", tenant, userId, repo, commitSha });
    await queue.add(job);
  }

  /** Starts a job under a fresh claim, or finds that the answer arrived, or that another job holds the claim. */
  async function startOrJoin(wanted: Wanted): Promise<Enqueued> {
    if (!(await queue.hasRoom())) throw queueFull();
    const jobId = deps.createJobId();
    const entry = await cache.claim(wanted.fingerprint, jobId, deps.claimTtlMs);
    if (entry.jobId !== undefined && entry.jobId !== jobId) return join(wanted, entry.jobId);
    const state = stateOf(entry);
    if (state.name === "fresh") {
      // A job ended between our look and our claim: its answer is here, and a second job must not start.
      await cache.release(wanted.fingerprint, jobId);
      return { status: "completed", report: state.stored.report, stale: false };
    }
    await logAndQueue({ jobId, ...wanted });
    return { status: "queued", jobId };
  }

  /** Joins the job that holds the claim, and first mends what a dead process may have left undone. */
  async function join(wanted: Wanted, jobId: string): Promise<Enqueued> {
    const job = toJob(jobId, await log.read(jobId, 0));
    if (job === undefined || job.status === "queued") {
      await logAndQueue({ jobId, ...wanted });
      return { status: "queued", jobId };
    }
    if (job.status === "running") return { status: "running", jobId };
    if (job.report?.fallback && rests(job)) return { status: "completed", report: job.report, stale: true };
    // The job has ended, but died before its claim did.
    await cache.release(wanted.fingerprint, jobId);
    if (job.report && !job.report.fallback) return { status: "completed", report: job.report, stale: false };
    return startOrJoin(wanted);
  }

  /** True while a job that came to nothing, since no provider might be asked, is worth no repetition. */
  function rests({ finishedAt = "" }: Job): boolean {
    return clock.now() - Date.parse(finishedAt) < MAX_REST_MS;
  }

  return async function enqueueReport(prepared: PreparedRequest, traceparent?: string): Promise<Enqueued> {
    const wanted: Wanted = { ...prepared, ...(traceparent !== undefined && { traceparent }) };
    const state = stateOf(await cache.read(prepared.fingerprint));
    deps.onLookup?.(state.name);
    switch (state.name) {
      case "fresh":
        return { status: "completed", report: state.stored.report, stale: false };
      case "stale":
        return refresh(state.stored.report, () =>
          state.jobId === undefined ? startOrJoin(wanted) : join(wanted, state.jobId),
        );
      case "pending":
        return join(wanted, state.jobId);
      case "miss":
        return startOrJoin(wanted);
    }
  };
}

/** Stale beats nothing: the old report is the answer, and the job that renews it is named when one could be had. */
async function refresh(report: Report, start: () => Promise<Enqueued>): Promise<Enqueued> {
  try {
    const refreshed = await start();
    if (refreshed.status !== "completed")
      return { status: "completed", report, stale: true, jobId: refreshed.jobId };
    return refreshed.stale ? { status: "completed", report, stale: true } : refreshed;
  } catch (error) {
    if (error instanceof RequestError && error.retryable) return { status: "completed", report, stale: true };
    throw error;
  }
}

/** Long enough for a few jobs to end, short enough that a caller still wants its answer. */
const QUEUE_FULL_RETRY_AFTER_MS = 5_000;

function queueFull(): RequestError {
  return new RequestError("queue_full", "the queue is full", { retryAfterMs: QUEUE_FULL_RETRY_AFTER_MS });
}
