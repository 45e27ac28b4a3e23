import type { Enqueued } from "./enqueue-report.ts";
import { RequestError } from "./errors.ts";
import type { DeadLetters } from "./ports.ts";
import type { ReportRequest } from "./report-request.ts";

interface ReplayDependencies {
  readonly deadLetters: DeadLetters;
  readonly enqueueReport: (request: ReportRequest) => Promise<Enqueued>;
}

/**
 * Asks again for the report of a job that failed for good: by a new job, since the log of the old one has ended. The
 * dead letter goes once that is promised.
 * @throws {RequestError} `not_found`, `queue_full`, `unavailable`
 */
export async function replayJob(
  { deadLetters, enqueueReport }: ReplayDependencies,
  jobId: string,
): Promise<Enqueued> {
  const letter = await deadLetters.find(jobId);
  if (letter === undefined) throw new RequestError("not_found", "no failed job of this id is kept");
  const enqueued = await enqueueReport(letter.job.request);
  await deadLetters.remove(jobId);
  return enqueued;
}
