import { RequestError } from "./errors.ts";
import { toJob } from "./job.ts";
import type { Job, LoggedEvent } from "./job.ts";
import type { JobLog } from "./ports.ts";

/** Which job is meant, and who asks. */
export interface JobReference {
  readonly tenant: string;
  readonly jobId: string;
}

/**
 * Reads a job's whole log.
 * @throws {RequestError} `not_found` when the job is unknown, expired, or another tenant's.
 */
export async function readJobLog(
  log: JobLog,
  { tenant, jobId }: JobReference,
): Promise<readonly LoggedEvent[]> {
  const events = await log.read(jobId, 0);
  const [first] = events;
  if (first?.type !== "queued" || first.tenant !== tenant) {
    throw new RequestError("not_found", "no such job is known or it has expired");
  }
  return events;
}

/**
 * Answers with a job as it stands.
 * @throws {RequestError} `not_found`
 */
export async function getJob(log: JobLog, reference: JobReference): Promise<Job> {
  const job = toJob(reference.jobId, await readJobLog(log, reference));
  if (job === undefined)
    throw new RequestError("internal", "a job's log does not begin with its first event");
  return job;
}
