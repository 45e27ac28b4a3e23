import { cancelJob } from "./cancel-job.ts";
import type { Enqueued } from "./enqueue-report.ts";
import { getJob } from "./get-job.ts";
import type { Job } from "./job.ts";
import type { Clock, JobLog, JobQueue } from "./ports.ts";
import type { PreparedRequest, PrepareRequest } from "./prepare-request.ts";
import { watchJob } from "./watch-job.ts";
import type { WatchEvent } from "./watch-job.ts";

/** What to watch, and from where. */
export interface WatchOptions {
  /** The last `seq` already seen; 0, the default, replays from the start. */
  readonly afterSeq?: number | undefined;
  /** Ends the watch: the iteration then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the watch when it has caught up with the log: the iteration then throws this signal's reason. */
  readonly stop?: AbortSignal | undefined;
}

const never = (): AbortSignal => new AbortController().signal;

/** What every door offers, each call on behalf of a tenant. */
export interface Reports {
  /**
   * A report from the cache, or the job that makes it, which goes on in the caller's trace.
   * @throws {InvalidArgumentError} names every bad field.
   * @throws {RequestError} `queue_full`, `unavailable`
   */
  enqueue(tenant: string, input: unknown, traceparent?: string): Promise<Enqueued>;
  /**
   * A job as it stands.
   * @throws {RequestError} `not_found`, `unavailable`
   */
  get(tenant: string, jobId: string): Promise<Job>;
  /**
   * Ends a job, and answers with it as it then stands; one that had ended before stays as it is.
   * @throws {RequestError} `not_found`, `unavailable`
   */
  cancel(tenant: string, jobId: string): Promise<Job>;
  /**
   * A job's events until it ends.
   * @throws {RequestError} `not_found`, `unavailable`
   */
  watch(tenant: string, jobId: string, options: WatchOptions): AsyncGenerator<WatchEvent, void>;
}

interface ReportsDependencies {
  readonly log: JobLog;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly prepareRequest: PrepareRequest;
  readonly enqueueReport: (prepared: PreparedRequest, traceparent?: string) => Promise<Enqueued>;
  /** Told once of each job that was cancelled here. */
  readonly onCancelled?: () => void;
}

/** Joins the ways in to one thing that every door calls. */
export function createReports(deps: ReportsDependencies): Reports {
  return {
    enqueue: async (tenant, input, traceparent) =>
      deps.enqueueReport(await deps.prepareRequest(tenant, input), traceparent),
    get: (tenant, jobId) => getJob(deps.log, { tenant, jobId }),
    cancel: (tenant, jobId) => cancelJob(deps, { tenant, jobId }),
    watch: (tenant, jobId, { afterSeq = 0, signal = never(), stop = never() }) =>
      watchJob(deps, { tenant, jobId, afterSeq, signal, stop }),
  };
}
