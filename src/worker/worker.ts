import type {
  Clock,
  Engine,
  JobHandler,
  JobWorker,
  ProviderChain,
  QueuedJob,
  Redaction,
} from "../core/ports.ts";
import type { JobError } from "../core/job.ts";
import type { Report } from "../core/report.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { JobMeasure, Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { createCallbackRunner } from "./callbacks.ts";
import { createRunJob } from "./run-job.ts";
import { createCancellations } from "./cancellations.ts";
import { createSweep } from "./sweep.ts";
import type { JobEnd, ReportLifetimes, RunSummary } from "./run-job.ts";

interface WorkerDependencies extends ReportLifetimes {
  readonly engine: Engine;
  readonly chain: ProviderChain;
  readonly redactContent: Redaction["redactContent"];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly callbacks: ReturnType<typeof createCallbackRunner>;
  readonly jobTimeoutMs: number;
  readonly news: JobNews;
}

/** What an operator should hear of. */
export interface JobNews {
  /** A job has made a report, be it a model's or the template's. */
  onReport(report: Report, job: QueuedJob): void;
  onJobFailed(jobId: string, error: JobError): void;
}

/** Takes jobs from the engine's queue, and tells log lines and callbacks how they end. */
export function startWorker(deps: WorkerDependencies): JobWorker {
  const { engine, logger, metrics, callbacks, news } = deps;
  const cancellations = createCancellations(engine.worker.log);
  const runJob = createRunJob({
    ...deps,
    cancellations,
    ...engine.worker,
    onEnd: async (job, end, summary) => {
      logger.info(describe(job, end, summary), "job ended");
      metrics.job(measure(end, summary));
      if (end.type === "failed") news.onJobFailed(job.jobId, end.error);
      else news.onReport(end.report, job);
      await callbacks.notify(job.jobId, end, summary);
    },
    onAttemptFailed: ({ jobId }, attempt, cause) => {
      // That a hedge has won is no trouble.
      const level = attempt.errorKind === "overtaken" ? "info" : "warn";
      const fields = { jobId, ...attempt, ...(cause !== undefined && { err: cause }) };
      logger[level](fields, "a call to a provider failed");
    },
    onError: (job, error) => logger.error({ jobId: job.jobId, err: error }, "a run of a job failed"),
  });
  const sweep = createSweep({
    ...engine,
    onLost: (jobId, error) => {
      logger.error({ jobId, error }, "a job was lost");
      metrics.job({ status: "failed" });
      news.onJobFailed(jobId, error);
      void callbacks.notify(jobId, { type: "failed", error }, { run: 0, durationMs: 0 });
    },
  });
  const closing = new AbortController();
  // In one process no job is lost without it, and a timer would hold a program that has nothing more to do.
  const sweeping =
    engine.name === "memory"
      ? undefined
      : repeat(sweep, { clock: deps.clock, logger, signal: closing.signal });
  const worker = engine.queue.process(traceRuns(runJob, deps.tracing));
  return {
    close: async (graceMs) => {
      closing.abort();
      await worker.close(graceMs);
      await sweeping;
      cancellations.close();
    },
  };
}

/** Each run is a part of the trace of the call that began the job, and the calls to providers are parts of the run. */
function traceRuns(runJob: JobHandler, tracing: Tracing): JobHandler {
  return async (job, context) => {
    const attributes = { "stepper.job.id": job.jobId, "stepper.job.run": context.run };
    const span = tracing.start("run job", { kind: "consumer", parent: job.traceparent, attributes });
    const { traceparent = job.traceparent } = span;
    try {
      await runJob({ ...job, traceparent }, context);
      span.end();
    } catch (error) {
      span.end({ errorType: "run_failed" });
      throw error;
    }
  };
}

interface RepeatOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const SWEEP_INTERVAL_MS = 60_000;

async function repeat(sweep: () => Promise<void>, { clock, logger, signal }: RepeatOptions): Promise<void> {
  for (;;) {
    await clock.sleep(SWEEP_INTERVAL_MS, signal);
    if (signal.aborted) return;
    // An engine that is away is told of elsewhere, and there is a next time.
    await sweep().catch((error: unknown) =>
      logger.debug({ err: error }, "lost jobs could not be looked for"),
    );
  }
}

function measure(end: JobEnd, { durationMs }: RunSummary): JobMeasure {
  if (end.type === "failed") return { status: "failed", durationMs };
  return { status: "completed", fallback: end.report.fallback, durationMs };
}

function describe({ jobId, request }: QueuedJob, end: JobEnd, summary: RunSummary) {
  const { repo, commitSha } = request;
  const outcome =
    end.type === "failed"
      ? { status: "failed", error: end.error }
      : { status: "completed", provider: end.report.provider, fallback: end.report.fallback };
  return { jobId, repo, commitSha, ...outcome, ...summary };
}
