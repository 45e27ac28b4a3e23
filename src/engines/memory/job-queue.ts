import { setMaxListeners } from "node:events";
import type { Clock, JobHandler, JobQueue, JobWorker, QueuedJob } from "../../core/ports.ts";
import { jobSize } from "./job-size.ts";

interface MemoryJobQueueOptions {
  readonly clock: Clock;
  /** Most jobs that run at once. */
  readonly concurrency: number;
  /** Most jobs that may wait. */
  readonly maxWaiting: number;
  /** Most bytes that the jobs in the queue may hold, about. */
  readonly maxBytes: number;
  /** Most runs of one job. */
  readonly maxRuns: number;
  /** Delay before the second run; doubles with each further one. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
}

interface KnownJob {
  readonly job: QueuedJob;
  readonly bytes: number;
  runs: number;
}

/**
 * Jobs in this process's memory, first in, first out.
 *
 *   add ──► waiting ──► running ──► done
 *              ▲           │
 *              └─ delayed ◄┘  rejected, and runs are left
 *
 * Nothing outlives the process: so a closing worker goes on with what waits (and what is delayed, at once) until its
 * grace is over, and then runs the rest with an aborted signal, so that each job is told of its end.
 */
export function createMemoryJobQueue(options: MemoryJobQueueOptions): JobQueue {
  const { clock, concurrency, maxWaiting, maxBytes, maxRuns } = options;
  const known = new Map<string, KnownJob>();
  let knownBytes = 0;
  const waiting: string[] = [];
  const active = new Set<Promise<void>>();
  const delayed = new Set<Promise<void>>();
  const closing = new AbortController();
  const stop = new AbortController();
  // Every running job listens, and every delayed one.
  setMaxListeners(0, closing.signal, stop.signal);
  let handler: JobHandler | undefined;

  async function run(jobId: string, handle: JobHandler): Promise<void> {
    const entry = known.get(jobId);
    if (entry === undefined) return;
    entry.runs += 1;
    const isLastRun = (): boolean => entry.runs >= maxRuns || stop.signal.aborted;
    const context = {
      run: entry.runs,
      // Whoever dies here takes the job along.
      crashes: 0,
      signal: stop.signal,
      get lastRun() {
        return isLastRun();
      },
    };
    try {
      await handle(entry.job, context);
      forget(entry);
    } catch {
      // The handler has told of the error; here it only decides whether there is another run.
      if (entry.runs >= maxRuns) forget(entry);
      else runAgainLater(entry);
    }
  }

  function forget({ job, bytes }: KnownJob): void {
    known.delete(job.jobId);
    knownBytes -= bytes;
  }

  function runAgainLater({ job, runs }: KnownJob): void {
    const delayMs = Math.min(options.retryDelayMs * 2 ** (runs - 1), options.maxRetryDelayMs);
    const wait = clock.sleep(delayMs, closing.signal).then(() => {
      delayed.delete(wait);
      waiting.push(job.jobId);
      takeJobs();
    });
    delayed.add(wait);
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
    while (active.size + delayed.size > 0) await Promise.race([...active, ...delayed]);
  }

  async function close(graceMs: number): Promise<void> {
    closing.abort();
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
    hasRoom: () => Promise.resolve(waiting.length < maxWaiting && knownBytes < maxBytes),
    add: (job) => {
      if (!known.has(job.jobId)) {
        const bytes = jobSize(job);
        known.set(job.jobId, { job, bytes, runs: 0 });
        knownBytes += bytes;
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
    counts: () => Promise.resolve({ waiting: waiting.length + delayed.size, active: active.size }),
    remove: (jobId) => {
      const place = waiting.indexOf(jobId);
      const entry = known.get(jobId);
      if (place >= 0 && entry !== undefined) {
        waiting.splice(place, 1);
        forget(entry);
      }
      return Promise.resolve();
    },
    has: (jobId) => Promise.resolve(known.has(jobId)),
    close: () => {
      closing.abort();
      stop.abort();
      return Promise.resolve();
    },
  };
}
