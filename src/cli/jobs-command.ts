import type { Enqueued } from "../core/enqueue-report.ts";
import { RequestError } from "../core/errors.ts";
import type { Job } from "../core/job.ts";
import type { DeadLetter } from "../core/ports.ts";
import { CommandError } from "./command-error.ts";
import { writeText } from "./command-context.ts";
import type { Command } from "./command-context.ts";
import { parseJobsOptions } from "./jobs-options.ts";
import { toOneLine } from "./one-line.ts";

/** What an operator does with jobs. */
export interface JobOperations {
  /** Up to `limit` jobs that failed for good, the latest first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  /** @throws {RequestError} `not_found`, `queue_full`, `unavailable` */
  retry(jobId: string): Promise<Enqueued>;
  /** Ends a job, whoever's it is. @throws {RequestError} `not_found`, `unavailable` */
  cancel(jobId: string): Promise<Job>;
  close(): Promise<void>;
}

/** Builds `stepper jobs`, which works on the Redis that the servers share. */
export function createJobsCommand(openJobs: () => JobOperations): Command {
  return async (args, { stdout }) => {
    const options = parseJobsOptions(args);
    const jobs = openJobs();
    try {
      if (options.action === "list") {
        const letters = await jobs.list(options.limit);
        await writeText(stdout, options.json ? toJson(letters) : toLines(letters));
      } else {
        const act = options.action === "retry" ? retry : cancel;
        for (const jobId of options.jobIds) {
          await writeText(stdout, `${toOneLine(jobId)}: ${await explain(jobId, () => act(jobs, jobId))}\n`);
        }
      }
      return 0;
    } finally {
      await jobs.close();
    }
  };
}

async function retry(jobs: JobOperations, jobId: string): Promise<string> {
  // A stale report has a job that renews it, too.
  const { jobId: newId } = await jobs.retry(jobId);
  return newId === undefined ? "its report is there by now" : `runs again as ${newId}`;
}

async function cancel(jobs: JobOperations, jobId: string): Promise<string> {
  const { status } = await jobs.cancel(jobId);
  return status === "cancelled" ? "cancelled" : `had ended before: ${status}`;
}

async function explain(jobId: string, act: () => Promise<string>): Promise<string> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new CommandError(`${toOneLine(jobId)}: ${error.message}`, { cause: error });
  }
}

/** What was to be reported on, without the commit's contents. */
function toRow({ job, error, failedAtMs }: DeadLetter) {
  const { tenant, userId, repo, commitSha } = job.request;
  return {
    jobId: job.jobId,
    failedAt: new Date(failedAtMs).toISOString(),
    tenant,
    userId,
    repo,
    commitSha,
    error,
  };
}

function toJson(letters: readonly DeadLetter[]): string {
  return `${JSON.stringify(letters.map(toRow), undefined, 2)}\n`;
}

function toLines(letters: readonly DeadLetter[]): string {
  return letters
    .map(toRow)
    .map(({ jobId, failedAt, repo, commitSha, error }) => {
      const columns = [
        jobId,
        failedAt,
        `${repo}@${commitSha.slice(0, 12)}`,
        `${error.kind}: ${error.message}`,
      ];
      return `${columns.map(toOneLine).join("  ")}\n`;
    })
    .join("");
}
