import type { Job, Attempt } from "./core/job.ts";
import type { ChainEvent } from "./core/ports.ts";
import type { Report } from "./core/report.ts";
import { toReportRequest } from "./core/report-request.ts";
import type { ReportInput } from "./core/report-request.ts";
import type { WatchOptions } from "./core/reports.ts";
import { systemClock } from "./core/system-clock.ts";
import type { WatchEvent } from "./core/watch-job.ts";
import { defaultSettings } from "./stepper-settings.ts";
import type { StepperSettings } from "./stepper-settings.ts";
import { wireStepper } from "./stepper.ts";
import { createSilentLogger } from "./telemetry/logger.ts";
import type { Logger } from "./telemetry/logger.ts";
import type { Callbacks } from "./worker/callbacks.ts";

/** The whole tenant of a process that embeds the library. */
const TENANT = "public";

/** Everything is optional: without providers, reports come from the template. */
export interface StepperOptions extends Partial<StepperSettings> {
  /** A pino logger. Default: writes nothing. */
  readonly logger?: Logger;
}

/** A report now, or the job that makes it. */
export type EnqueueResult =
  | {
      readonly status: 200;
      readonly data: Report;
      /** True when the report is old or a fallback. */
      readonly stale: boolean;
      /** The job that renews a stale report. */
      readonly jobId?: string;
    }
  | { readonly status: 202; readonly jobId: string };

/** A report that was made at once, and how that went. */
export interface GenerateResult {
  /** The provider that wrote it; `template` for a fallback. */
  readonly usedProvider: string;
  readonly result: Report;
  /** True when no provider answered. */
  readonly fallback: boolean;
  /** The names of the providers that were called, in order. */
  readonly providersAttempted: readonly string[];
  readonly timings: {
    readonly totalMs: number;
    /** Every call to a provider, in order. */
    readonly attempts: readonly Attempt[];
  };
}

/** Reports as a library: its own cache, queue, workers and providers, in this process. */
export interface Stepper {
  /**
   * Answers from the cache, or queues a job. Never waits for a provider.
   * @throws {InvalidArgumentError} names every field out of bounds.
   * @throws {RequestError} `queue_full`
   */
  enqueueReport(input: ReportInput): Promise<EnqueueResult>;
  /**
   * Runs the providers now, past cache and queue, and falls back to the template.
   * @throws {InvalidArgumentError} names every field out of bounds.
   * @throws the signal's reason, once aborted.
   */
  generateReport(input: ReportInput, options?: { readonly signal?: AbortSignal }): Promise<GenerateResult>;
  /** Adds functions that are told how each job ends; the answer takes them away again. */
  registerCallbacks(callbacks: Callbacks): () => void;
  /**
   * A job's events: those after `afterSeq`, then each as it comes, until the job has ended.
   * @throws {RequestError} `not_found`
   */
  watchJob(jobId: string, options?: WatchOptions): AsyncGenerator<WatchEvent, void>;
  /**
   * A job as it stands.
   * @throws {RequestError} `not_found`
   */
  getJob(jobId: string): Promise<Job>;
  /** Lets running jobs finish for `graceMs` (default 30,000), then cuts them off and frees everything. */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 30_000;

/**
 * Builds a stepper that reads no environment and shares nothing.
 * @throws {InvalidArgumentError} when a provider lacks what its vendor needs.
 */
export function createStepper(options: StepperOptions = {}): Stepper {
  const { logger = createSilentLogger(), ...settings } = options;
  const wired = wireStepper({ settings: { ...defaultSettings, ...settings }, clock: systemClock, logger });
  return {
    enqueueReport: async (input) => {
      const enqueued = await wired.reports.enqueue(TENANT, input);
      if (enqueued.status !== "completed") return { status: 202, jobId: enqueued.jobId };
      const { report, stale, jobId } = enqueued;
      return { status: 200, data: report, stale, ...(jobId !== undefined && { jobId }) };
    },
    generateReport: async (input, { signal = new AbortController().signal } = {}) => {
      const startedAtMs = performance.now();
      const events: ChainEvent[] = [];
      const request = toReportRequest(TENANT, input);
      const { report, attempt } = await wired.generate(request, (event) => void events.push(event), signal);
      const failed = events.flatMap((event) => (event.type === "attempt_failed" ? [event.attempt] : []));
      const attempts = attempt ? [...failed, attempt] : failed;
      return {
        usedProvider: report.provider,
        result: report,
        fallback: report.fallback,
        providersAttempted: [...new Set(attempts.map(({ provider }) => provider))],
        timings: { totalMs: performance.now() - startedAtMs, attempts },
      };
    },
    registerCallbacks: wired.registerCallbacks,
    watchJob: (jobId, watchOptions = {}) => wired.reports.watch(TENANT, jobId, watchOptions),
    getJob: (jobId) => wired.reports.get(TENANT, jobId),
    close: async (graceMs = DEFAULT_GRACE_MS) => {
      await wired.drain(graceMs);
      await wired.close();
    },
  };
}
