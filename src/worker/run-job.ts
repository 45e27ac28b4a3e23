import { MAX_REST_MS } from "../core/enqueue-report.ts";
import { forwardAborts } from "../core/forward-aborts.ts";
import { generateReport } from "../core/generate-report.ts";
import { isTerminal } from "../core/job.ts";
import type { Attempt, JobError, JobEvent, LoggedEvent } from "../core/job.ts";
import type {
  ChainEvent,
  Clock,
  DeadLetters,
  JobHandler,
  JobLog,
  ProviderChain,
  QueuedJob,
  Redaction,
  ReportCache,
  RunContext,
  StoredReport,
} from "../core/ports.ts";
import type { Cancellations } from "./cancellations.ts";

/** How long reports are kept. */
export interface ReportLifetimes {
  readonly reportTtlMs: number;
  /** For reports that no model wrote. */
  readonly fallbackTtlMs: number;
}

interface RunJobDependencies extends ReportLifetimes {
  readonly cache: ReportCache;
  readonly log: JobLog;
  readonly deadLetters: DeadLetters;
  readonly chain: ProviderChain;
  readonly redactContent: Redaction["redactContent"];
  readonly clock: Clock;
  readonly cancellations: Cancellations;
  /** Time that providers have, all together. */
  readonly jobTimeoutMs: number;
  /** Told once of each job's end; the run is over when it has resolved. */
  readonly onEnd: (job: QueuedJob, end: JobEnd, run: RunSummary) => Promise<void>;
  /** Told of each call to a provider that failed, and why. */
  readonly onAttemptFailed: (job: QueuedJob, attempt: Attempt, cause: unknown) => void;
  /** Told of a run that failed; the queue decides whether there is another. */
  readonly onError: (job: QueuedJob, error: unknown) => void;
}

/** A job on which so many processes died may be what killed them, and must not take the rest. */
const MAX_CRASHES = 5;

const TOO_MANY_CRASHES: JobError = {
  kind: "internal",
  message: `the job was given up: ${MAX_CRASHES} processes died while they ran it`,
};

/** The event that ended a job. */
export type JobEnd = Extract<JobEvent, { type: "completed" | "failed" }>;

/** How the run that ended a job went. */
export interface RunSummary {
  readonly run: number;
  readonly durationMs: number;
}

/** What earlier runs have left. */
interface Before {
  readonly past: readonly LoggedEvent[];
  readonly stored: StoredReport | undefined;
}

/**
 * Builds the handler that takes a job from the queue to its end: cache first, then log. Whoever dies between the two
 * leaves a report that names its job, and the next run of the job only has to log it. A job that fails for good is kept
 * as a dead letter before its log ends.
 */
export function createRunJob(deps: RunJobDependencies): JobHandler {
  const { cache, log, clock } = deps;

  async function end(job: QueuedJob, event: JobEnd, summary: RunSummary): Promise<void> {
    // Only one writer gets a number for the terminal event.
    if ((await log.append(job.jobId, event)) !== undefined) await tell(job, event, summary);
  }

  /** Whoever dies between the log's end and this leaves the job in the queue, and the next run tells of it. */
  async function tell(job: QueuedJob, event: JobEnd, summary: RunSummary): Promise<void> {
    if (await log.markTold(job.jobId)) await deps.onEnd(job, event, summary);
  }

  /** Both at once: a job that is taken up for the first time needs both. */
  async function look({ jobId, fingerprint }: QueuedJob): Promise<Before> {
    const [past, { stored }] = await Promise.all([log.read(jobId, 0), cache.read(fingerprint)]);
    return { past, stored };
  }

  async function complete(
    job: QueuedJob,
    context: RunContext,
    { past, stored }: Before,
    cancelled: AbortSignal,
  ): Promise<JobEnd> {
    if (stored?.jobId === job.jobId) return toCompleted(stored);
    await log.append(job.jobId, { type: "started", run: context.run });
    const rest = createRest();
    const stop = new AbortController();
    const stopForwarding = forwardAborts([context.signal, cancelled], stop);
    const { report, attempt } = await generateReport({ ...deps, timeoutMs: deps.jobTimeoutMs }, job.request, {
      observe: async (event, cause) => {
        rest.see(event);
        if (event.type === "attempt_failed") deps.onAttemptFailed(job, event.attempt, cause);
        await log.append(job.jobId, event);
      },
      signal: stop.signal,
      traceparent: job.traceparent,
      attemptsBefore: countAttempts(past),
    }).finally(stopForwarding);
    const ttlMs = report.fallback ? deps.fallbackTtlMs : deps.reportTtlMs;
    const made = { report, jobId: job.jobId, ...(attempt && { attempt }), storedAtMs: clock.now() };
    await cache.write(job.fingerprint, made, ttlMs, report.fallback ? rest.ms() : 0);
    return toCompleted(made);
  }

  /** Ends a job that will not run again. */
  async function giveUp(job: QueuedJob, error: JobError, summary: RunSummary): Promise<void> {
    const { stored } = await cache.read(job.fingerprint);
    // A report that is stored is no failure, even when it could not be logged at first.
    if (stored?.jobId === job.jobId) return end(job, toCompleted(stored), summary);
    await deps.deadLetters.add({ job, error, failedAtMs: clock.now() });
    await end(job, { type: "failed", error }, summary);
    await cache.release(job.fingerprint, job.jobId);
  }

  async function run(job: QueuedJob, context: RunContext, cancelled: AbortSignal): Promise<void> {
    const startedAtMs = clock.monotonicMs();
    const summary = (): RunSummary => ({
      run: context.run,
      durationMs: Math.round(clock.monotonicMs() - startedAtMs),
    });
    try {
      const before = await look(job);
      const last = before.past.at(-1);
      if (last && isTerminal(last)) {
        await settle(job, last, summary());
        return;
      }
      if (context.crashes >= MAX_CRASHES) await giveUp(job, TOO_MANY_CRASHES, summary());
      else await end(job, await complete(job, context, before, cancelled), summary());
    } catch (error) {
      if (cancelled.aborted) {
        await cache.release(job.fingerprint, job.jobId);
        return;
      }
      // A run that was told to stop has not failed.
      if (!context.signal.aborted) deps.onError(job, error);
      if (!context.lastRun) throw error;
      await giveUp(job, toJobError(context.signal), summary());
    }
  }

  /** Does what the process did not come to that ended the job. */
  async function settle(job: QueuedJob, last: LoggedEvent, summary: RunSummary): Promise<void> {
    if (last.type !== "completed") await cache.release(job.fingerprint, job.jobId);
    if (last.type === "completed" || last.type === "failed") await tell(job, last, summary);
  }

  return async function runJob(job, context) {
    // First the doorbell, then the log: so no cancel falls between.
    const cancelled = deps.cancellations.watch(job.jobId);
    try {
      await run(job, context, cancelled.signal);
    } finally {
      cancelled.done();
    }
  };
}

/** How long it is no use to try again, as far as is known: while all providers were passed over, and none was called. */
function createRest() {
  const waits: number[] = [];
  let isKnown = true;
  return {
    see: (event: ChainEvent): void => {
      if (event.type !== "provider_skipped" || event.retryAfterMs === undefined) isKnown = false;
      else waits.push(event.retryAfterMs);
    },
    ms: (): number => (isKnown && waits.length > 0 ? Math.ceil(Math.min(MAX_REST_MS, ...waits)) : 0),
  };
}

function toCompleted({ report, attempt }: StoredReport): JobEnd {
  return { type: "completed", report, ...(attempt && { attempt }) };
}

/** How often each provider was called by the runs so far. */
function countAttempts(events: readonly LoggedEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    if (event.type === "attempt_started") counts.set(event.provider, event.number);
  }
  return counts;
}

function toJobError(signal: AbortSignal): JobError {
  if (signal.aborted)
    return { kind: "interrupted", message: "the server stopped before the report was made" };
  return { kind: "internal", message: "the report could not be made" };
}
