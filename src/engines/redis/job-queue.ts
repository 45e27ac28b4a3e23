import type { Clock, JobQueue, QueuedJob } from "../../core/ports.ts";
import type { RedisAccess } from "./access.ts";
import type { RedisClient } from "./connections.ts";
import { startJobWorker } from "./job-worker.ts";
import { loadBullmq } from "./load-client.ts";

export interface RedisJobQueueOptions {
  /** Owned by the engine, which closes it. */
  readonly redis: RedisClient;
  readonly access: RedisAccess;
  readonly clock: Clock;
  readonly prefix: string;
  readonly name: string;
  readonly concurrency: number;
  readonly maxWaiting: number;
  /** Most runs of one job that end in an error. Runs that a crash or a shutdown cut off come on top. */
  readonly maxRuns: number;
  /** Delay before the second run; doubles with each further one. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
  /** Told of trouble between BullMQ and Redis: both go on by themselves. */
  readonly onError: (error: Error) => void;
}

/** BullMQ notes every step of a job in a stream for dashboards; nothing of ours reads it. */
const MAX_EVENTS = 1_000;

/** Named so that the worker's own strategy, which has an upper bound, is asked. */
const BACKOFF = { type: "capped" };

/**
 * Jobs in BullMQ: shared by every process on the same Redis. A job leaves it when it has ended; its log stays.
 *
 *   add ──► waiting ──► active (locked) ──► gone
 *              ▲            │
 *              ├─ delayed ◄─┤ rejected, and runs are left
 *              ├────────────┤ cut off by a shutdown
 *              └────────────┘ lock not renewed: the process died
 */
export function createRedisJobQueue(options: RedisJobQueueOptions): JobQueue {
  const { access, maxWaiting } = options;
  const { Queue } = loadBullmq();
  const queue = new Queue<QueuedJob>(options.name, {
    // The hash tag keeps all keys in one slot of a cluster.
    prefix: `{${options.prefix}}`,
    connection: options.redis,
    streams: { events: { maxLen: MAX_EVENTS } },
    defaultJobOptions: {
      attempts: options.maxRuns,
      backoff: BACKOFF,
      removeOnComplete: true,
      removeOnFail: true,
    },
  });
  queue.on("error", options.onError);

  return {
    hasRoom: async () => (await access(() => queue.getWaitingCount())) < maxWaiting,
    add: async (job) => {
      await access(() => queue.add("report", job, { jobId: job.jobId }));
    },
    process: (handler) => startJobWorker(handler, options),
    counts: async () => {
      const counts = await access(() => queue.getJobCounts("waiting", "delayed", "active"));
      return { waiting: (counts.waiting ?? 0) + (counts.delayed ?? 0), active: counts.active ?? 0 };
    },
    remove: async (jobId) => {
      // Nothing is removed while a worker holds it.
      await access(() => queue.remove(jobId));
    },
    has: async (jobId) => (await access(() => queue.getJobState(jobId))) !== "unknown",
    close: () => queue.close(),
  };
}
