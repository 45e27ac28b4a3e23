import type { Clock, Engine, JobWorker, ProviderChain, QueuedJob } from "../core/ports.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { createCallbackRunner } from "./callbacks.ts";
import { createRunJob } from "./run-job.ts";
import type { JobEnd, ReportLifetimes, RunSummary } from "./run-job.ts";

interface WorkerDependencies extends ReportLifetimes {
  readonly engine: Engine;
  readonly chain: ProviderChain;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly callbacks: ReturnType<typeof createCallbackRunner>;
  readonly jobTimeoutMs: number;
}

/** Takes jobs from the engine's queue, and tells log lines and callbacks how they end. */
export function startWorker(deps: WorkerDependencies): JobWorker {
  const { engine, logger, callbacks } = deps;
  const runJob = createRunJob({
    ...deps,
    cache: engine.cache,
    log: engine.log,
    onEnd: (job, end, summary) => {
      logger.info(describe(job, end, summary), "job ended");
      callbacks.notify(job, end, summary);
    },
    onAttemptFailed: ({ jobId }, attempt, cause) =>
      logger.warn(
        { jobId, ...attempt, ...(cause !== undefined && { err: cause }) },
        "a call to a provider failed",
      ),
    onError: (job, error) => logger.error({ jobId: job.jobId, err: error }, "a run of a job failed"),
  });
  return engine.queue.process(runJob);
}

function describe({ jobId, request }: QueuedJob, end: JobEnd, summary: RunSummary) {
  const { repo, commitSha } = request;
  const outcome =
    end.type === "failed"
      ? { status: "failed", error: end.error }
      : { status: "completed", provider: end.report.provider, fallback: end.report.fallback };
  return { jobId, repo, commitSha, ...outcome, ...summary };
}
