import type { Clock, JobHandler, JobQueue, JobWorker, QueuedJob } from "../../core/ports.ts";

interface MemoryJobQueueOptions {
  readonly clock: Clock;
  /** Most jobs that run at once. */
  readonly concurrency: number;
  /** Most jobs that may wait. */
  readonly maxWaiting: number;
  /** Most runs of one job. */
  readonly maxRuns: number;
  /** Delay before the second run; doubles with each further one. */
  readonly retryDelayMs: number;
}

/**
 * Jobs in this process's memory, first in, first out.
 *
 *   add ──► waiting ──► running ──► done
 *              ▲           │
 *              └─ delayed ◄┘  rejected, and runs are left
 *
 * Nothing outlives the process: so a closing worker goes on with what waits until its grace is over, and then runs the
 * rest with an aborted signal, so that each job is told of its end.
 */
export function createMemoryJobQueue(options: MemoryJobQueueOptions): JobQueue {
  const { clock, concurrency, maxWaiting, maxRuns } = options;
  const known = new Map<string, { readonly job: QueuedJob; runs: number }>();
  const waiting: string[] = [];
  const active = new Set<Promise<void>>();
  const stop = new AbortController();
  let handler: JobHandler | undefined;

  async function run(jobId: string, handle: JobHandler): Promise<void> {
    const entry = known.get(jobId);
    if (entry === undefined) return;
    entry.runs += 1;
    const isLastRun = (): boolean => entry.runs >= maxRuns || stop.signal.aborted;
    const context = {
      run: entry.runs,
      signal: stop.signal,
      get lastRun() {
        return isLastRun();
      },
    };
    try {
      await handle(entry.job, context);
      known.delete(jobId);
    } catch {
      // The handler has told of the error; here it only decides whether there is another run.
      if (entry.runs >= maxRuns) known.delete(jobId);
      else void runAgainLater(jobId, entry.runs);
    }
  }

  async function runAgainLater(jobId: string, runs: number): Promise<void> {
    await clock.sleep(options.retryDelayMs * 2 ** (runs - 1), stop.signal);
    waiting.push(jobId);
    takeJobs();
  }

  function takeJobs(): void {
    if (handler === undefined) return;
    while (active.size < concurrency || stop.signal.aborted) {
      const jobId = waiting.shift();
      if (jobId === undefined) return;
      const running = run(jobId, handler).finally(() => {
        active.delete(running);
        takeJobs();
      });
      active.add(running);
    }
  }

  async function drain(): Promise<void> {
    while (known.size > 0 && active.size > 0) await Promise.race(active);
  }

  async function close(graceMs: number): Promise<void> {
    const drained = new AbortController();
    const grace = clock.sleep(graceMs, drained.signal).then(() => {
      stop.abort();
      takeJobs();
    });
    await drain();
    drained.abort();
    await grace;
    await drain();
  }

  return {
    hasRoom: () => Promise.resolve(waiting.length < maxWaiting),
    add: (job) => {
      if (!known.has(job.jobId)) {
        known.set(job.jobId, { job, runs: 0 });
        waiting.push(job.jobId);
        takeJobs();
      }
      return Promise.resolve();
    },
    process: (handle): JobWorker => {
      handler = handle;
      takeJobs();
      return { close };
    },
    counts: () => Promise.resolve({ waiting: known.size - active.size, active: active.size }),
    close: () => {
      stop.abort();
      return Promise.resolve();
    },
  };
}
