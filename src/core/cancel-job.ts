import { getJob, readJobLog } from "./get-job.ts";
import type { JobReference } from "./get-job.ts";
import type { Job } from "./job.ts";
import type { JobLog, JobQueue } from "./ports.ts";

interface CancelDependencies {
  readonly log: JobLog;
  readonly queue: JobQueue;
  /** Told once of each job that was ended here. */
  readonly onCancelled?: () => void;
}

/**
 * Ends a job: in its log first, which is what counts. From the queue it only goes to make room; a worker that has taken
 * it, or takes it yet, finds that the log has ended. The claim goes with the worker, or with the next equal request.
 * @throws {RequestError} `not_found`, `unavailable`
 */
export async function cancelJob(
  { log, queue, onCancelled }: CancelDependencies,
  reference: JobReference,
): Promise<Job> {
  await readJobLog(log, reference);
  if ((await log.append(reference.jobId, { type: "cancelled" })) !== undefined) onCancelled?.();
  await queue.remove(reference.jobId);
  return getJob(log, reference);
}
