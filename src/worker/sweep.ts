import type { JobError } from "../core/job.ts";
import type { JobLog, JobQueue } from "../core/ports.ts";

interface SweepDependencies {
  readonly log: JobLog;
  readonly queue: JobQueue;
  /** Told once of each job that was ended here. */
  readonly onLost: (jobId: string, error: JobError) => void;
}

/** Far longer than the step from the log to the queue takes. */
const MIN_AGE_MS = 60_000;

/** Jobs are taken in their order, so a lost one is among the oldest before long. */
const BATCH = 500;

const LOST: JobError = {
  kind: "interrupted",
  message: "the job was lost before it was done; ask for the report again",
};

/**
 * Builds a sweep that ends the jobs which have begun in the log and are in no queue: those of a process that died
 * between the two and was not repaired by an equal request since, and those of a queue that somebody emptied. Nobody
 * has to watch them for ever, and the next equal request begins a new job.
 */
export function createSweep({ log, queue, onLost }: SweepDependencies): () => Promise<void> {
  return async function sweep() {
    for (const jobId of await log.listOpen(MIN_AGE_MS, BATCH)) {
      if (await queue.has(jobId)) continue;
      const seq = await log.append(jobId, { type: "failed", error: LOST });
      // A queue that takes the job after all would have it told of a second time.
      if (seq !== undefined && (await log.markTold(jobId))) onLost(jobId, LOST);
    }
  };
}
