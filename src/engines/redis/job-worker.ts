import { setMaxListeners } from "node:events";
import type { Job } from "bullmq";
import type { JobHandler, JobWorker, QueuedJob } from "../../core/ports.ts";
import type { RedisJobQueueOptions } from "./job-queue.ts";
import { loadBullmq } from "./load-client.ts";
import { unlessAborted } from "./unless-aborted.ts";

/**
 * A worker renews its lock on a job every few seconds. After this long without, another process takes the job: so a
 * crash delays a job by no more than this and two checks, and an outage of Redis that is shorter costs no job its run.
 */
const LOCK_MS = 15_000;
const LOCK_RENEWAL_MS = 3_000;
const LOCK_CHECK_MS = 5_000;

/** The handler is told how often a process died on its job, and ends the job when that is too often: not BullMQ. */
const MAX_STALLED_COUNT = 1_000_000;

/** A handler that has been told to stop gets this long to do so, and is then left behind. */
const LAST_WORDS_MS = 1_000;

/**
 * A worker without a job has nothing to wait for but Redis, which may be away, or back with BullMQ's own connection to it
 * still asleep between two tries.
 */
const IDLE_MS = 2_000;

/** Takes jobs from BullMQ. */
export function startJobWorker(handler: JobHandler, options: RedisJobQueueOptions): JobWorker {
  const { WaitingError, Worker } = loadBullmq();
  const { clock, maxRuns, onError } = options;
  const stop = new AbortController();
  const leave = new AbortController();
  // Every running job listens.
  setMaxListeners(0, stop.signal, leave.signal);

  let running = 0;
  let becomeIdle = (): void => undefined;
  /** Resolves when no job has run for a while. */
  async function idle(wait: (ms: number) => Promise<void>): Promise<void> {
    do {
      while (running > 0) await new Promise<void>((resolve) => (becomeIdle = resolve));
      await wait(IDLE_MS);
      // One may have been on its way here.
    } while (running > 0);
  }

  async function count(job: Job<QueuedJob>, token: string | undefined): Promise<void> {
    running += 1;
    try {
      await run(job, token);
    } finally {
      running -= 1;
      becomeIdle();
    }
  }

  async function run(job: Job<QueuedJob>, token: string | undefined): Promise<void> {
    const context = {
      run: job.attemptsStarted,
      crashes: job.stalledCounter,
      signal: stop.signal,
      get lastRun() {
        // A run that a shutdown cuts off is never the last: the job goes back to the queue.
        return !stop.signal.aborted && job.attemptsMade + 1 >= maxRuns;
      },
    };
    try {
      await unlessAborted(handler(job.data, context), leave.signal);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  const worker = new Worker<QueuedJob>(options.name, count, {
    prefix: `{${options.prefix}}`,
    connection: options.redis,
    concurrency: options.concurrency,
    lockDuration: LOCK_MS,
    lockRenewTime: LOCK_RENEWAL_MS,
    stalledInterval: LOCK_CHECK_MS,
    maxStalledCount: MAX_STALLED_COUNT,
    settings: { backoffStrategy: (runs) => backoffMs(runs, options) },
  });
  worker.on("error", onError);

  return {
    close: async (graceMs) => {
      const done = new AbortController();
      const wait = (ms: number): Promise<void> => clock.sleep(ms, done.signal);
      const closed = worker.close().then(() => true);
      const cutOff = Promise.race([wait(graceMs), idle(wait)])
        .then(() => {
          if (!done.signal.aborted) stop.abort();
          return wait(LAST_WORDS_MS);
        })
        .then(() => {
          if (!done.signal.aborted) leave.abort(new Error("the worker has been closed"));
          // A Redis that is away takes nothing back: the jobs' locks end, and another worker has them then.
          return wait(LAST_WORDS_MS);
        })
        .then(() => false);
      const isClosed = await Promise.race([closed, cutOff]);
      done.abort();
      if (isClosed) return;
      // BullMQ's farewell waits for Redis, and its timers keep the process alive meanwhile. Only a forced one does not
      // wait, and is taken for the same as the first unless that is forgotten.
      worker.closing = undefined;
      worker.close(true).catch(onError);
    },
  };
}

function backoffMs(runs: number, { retryDelayMs, maxRetryDelayMs }: RedisJobQueueOptions): number {
  return Math.min(retryDelayMs * 2 ** (runs - 1), maxRetryDelayMs);
}
