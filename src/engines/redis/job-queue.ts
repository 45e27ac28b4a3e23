import { setMaxListeners } from "node:events";
import { Queue, WaitingError, Worker } from "bullmq";
import type { Job } from "bullmq";
import type { Redis } from "ioredis";
import type { JobHandler, JobQueue, JobWorker, QueuedJob } from "../../core/ports.ts";

interface RedisJobQueueOptions {
  /** For adding and counting; fails fast. Owned by the engine, which closes it. */
  readonly redis: Redis;
  /** For workers, with `maxRetriesPerRequest: null`, so that they wait for Redis to come back. Owned by the engine. */
  readonly workerRedis: Redis;
  readonly prefix: string;
  readonly name: string;
  readonly concurrency: number;
  readonly maxWaiting: number;
  /** Most runs of one job that end in an error. Runs that a crash or a shutdown cut off come on top. */
  readonly maxRuns: number;
  /** Delay before the second run; doubles with each further one. */
  readonly retryDelayMs: number;
  /** Told of trouble with Redis: the worker goes on by itself. */
  readonly onError: (error: Error) => void;
}

/** A worker renews its lock on a job; after this long without, another one takes the job. */
const LOCK_MS = 30_000;

/** A job is worth finishing however often a worker died on it; its log tells how often that was. */
const MAX_STALLED_COUNT = 1_000;

/** Jobs in BullMQ: shared by every process on the same Redis. A job leaves it when it has ended; its log stays. */
export function createRedisJobQueue(options: RedisJobQueueOptions): JobQueue {
  const { maxRuns, retryDelayMs, maxWaiting } = options;
  // The hash tag keeps all keys in one slot of a cluster.
  const shared = { prefix: `{${options.prefix}}` };
  const queue = new Queue<QueuedJob>(options.name, {
    ...shared,
    connection: options.redis,
    defaultJobOptions: {
      attempts: maxRuns,
      backoff: { type: "exponential", delay: retryDelayMs },
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  queue.on("error", options.onError);

  return {
    hasRoom: async () => (await queue.getWaitingCount()) < maxWaiting,
    add: async (job) => {
      await queue.add("report", job, { jobId: job.jobId });
    },
    process: (handler) => startWorker(handler, { ...options, ...shared }),
    counts: async () => {
      const counts = await queue.getJobCounts("waiting", "delayed", "active");
      return { waiting: (counts.waiting ?? 0) + (counts.delayed ?? 0), active: counts.active ?? 0 };
    },
    close: () => queue.close(),
  };
}

function startWorker(handler: JobHandler, options: RedisJobQueueOptions): JobWorker {
  const stop = new AbortController();
  // Every running job listens.
  setMaxListeners(0, stop.signal);

  async function run(job: Job<QueuedJob>, token: string | undefined): Promise<void> {
    const context = {
      run: job.attemptsStarted,
      signal: stop.signal,
      get lastRun() {
        // A run that a shutdown cuts off is never the last: the job goes back to the queue.
        return !stop.signal.aborted && job.attemptsMade + 1 >= options.maxRuns;
      },
    };
    try {
      await handler(job.data, context);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  const worker = new Worker<QueuedJob>(options.name, run, {
    prefix: options.prefix,
    connection: options.workerRedis,
    concurrency: options.concurrency,
    lockDuration: LOCK_MS,
    maxStalledCount: MAX_STALLED_COUNT,
  });
  worker.on("error", options.onError);
  return {
    close: async (graceMs) => {
      const cutOff = setTimeout(() => stop.abort(), graceMs);
      await worker.close();
      clearTimeout(cutOff);
    },
  };
}
