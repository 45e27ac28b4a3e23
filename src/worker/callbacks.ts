import { ENDED } from "../core/ended.ts";
import { toJob } from "../core/job.ts";
import type { Attempt, JobError } from "../core/job.ts";
import type { Clock, JobLog } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { JobEnd, RunSummary } from "./run-job.ts";

/** What a callback learns beside the report. */
export interface JobMeta {
  readonly tenant: string;
  readonly userId: string;
  readonly repo: string;
  readonly commitSha: string;
  /** Which run of the job ended it, from 1; 0 when none did. */
  readonly run: number;
  /** How long that run took. */
  readonly durationMs: number;
  /** Every call to a provider, in order. */
  readonly attempts: readonly Attempt[];
}

/** What went wrong with a job that failed: its own error last, after those of its attempts. */
export type JobFailure = Attempt | JobError;

/** Functions that are told how jobs end: exactly one of them, once per job. */
export interface Callbacks {
  onSuccess?(jobId: string, provider: string, result: Report, meta: JobMeta): unknown;
  onFallback?(jobId: string, result: Report, meta: JobMeta): unknown;
  onFailure?(jobId: string, errors: readonly JobFailure[]): unknown;
}

interface CallbacksDependencies {
  readonly log: JobLog;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A callback that has not returned by then is reported; nothing waits for it. */
const SLOW_CALLBACK_MS = 30_000;

/** Tells every registered callback of each job's end, and takes no harm from what they do. */
export function createCallbackRunner({ log, clock, logger }: CallbacksDependencies) {
  const registered = new Set<Callbacks>();
  const running = new Set<Promise<void>>();
  /** The timers that watch for slow callbacks. */
  const watches = new Set<AbortController>();

  /** Calls everybody, and answers with when all have returned. */
  async function callAll(jobId: string, end: JobEnd, summary: RunSummary): Promise<() => Promise<unknown>> {
    const events = await log.read(jobId, 0);
    const [first] = events;
    if (first?.type !== "queued") return () => Promise.resolve();
    const { tenant, userId, repo, commitSha } = first;
    const attempts = toJob(jobId, events)?.attempts ?? [];
    const meta = { tenant, userId, repo, commitSha, ...summary, attempts };
    // Each its own copy: nobody may change what the cache and the others have.
    const own = () => structuredClone([end, meta] as const);
    const calls = [...registered].map((callbacks) => guard(jobId, () => tell(callbacks, jobId, ...own())));
    return () => Promise.all(calls);
  }

  async function guard(jobId: string, call: () => unknown): Promise<void> {
    const returned = new AbortController();
    watches.add(returned);
    void clock.sleep(SLOW_CALLBACK_MS, returned.signal).then(() => {
      if (!returned.signal.aborted) logger.warn({ jobId }, "a callback has not returned yet");
    });
    try {
      await call();
    } catch (error) {
      logger.error({ jobId, err: error }, "a callback failed");
    } finally {
      returned.abort(ENDED);
      watches.delete(returned);
    }
  }

  return {
    /** Adds callbacks; the answer takes them away again. */
    register: (callbacks: Callbacks): (() => void) => {
      registered.add(callbacks);
      return () => void registered.delete(callbacks);
    },
    /** Tells of a job's end. Resolves when everybody has been called, and waits for nobody's return. */
    notify: async (jobId: string, end: JobEnd, summary: RunSummary): Promise<void> => {
      if (registered.size === 0) return;
      const called = callAll(jobId, end, summary);
      const returned: Promise<void> = called
        .then((allReturned) => allReturned())
        .then(
          () => undefined,
          (error: unknown) => logger.error({ jobId, err: error }, "callbacks could not be told"),
        )
        .finally(() => running.delete(returned));
      running.add(returned);
      await called.catch(() => undefined);
    },
    /** Lets running callbacks finish, for `graceMs` at most. */
    drain: async (graceMs: number): Promise<void> => {
      const drained = new AbortController();
      const all = Promise.all(running).then(() => drained.abort());
      await Promise.race([all, clock.sleep(graceMs, drained.signal)]);
      // Those that hang are left behind, and nothing of them may hold up the process.
      for (const watch of watches) watch.abort();
    },
  };
}

function tell(callbacks: Callbacks, jobId: string, end: JobEnd, meta: JobMeta): unknown {
  if (end.type === "failed") return callbacks.onFailure?.(jobId, [...meta.attempts, end.error]);
  if (end.report.fallback) return callbacks.onFallback?.(jobId, end.report, meta);
  return callbacks.onSuccess?.(jobId, end.report.provider, end.report, meta);
}
