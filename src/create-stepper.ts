import type { Enqueued } from "./core/enqueue-report.ts";
import { InvalidArgumentError, RequestError } from "./core/errors.ts";
import type { Job, Attempt } from "./core/job.ts";
import type { ChainEvent } from "./core/ports.ts";
import type { Report } from "./core/report.ts";
import { toReportRequest } from "./core/report-request.ts";
import type { ReportInput } from "./core/report-request.ts";
import type { WatchOptions } from "./core/reports.ts";
import { systemClock } from "./core/system-clock.ts";
import type { WatchEvent } from "./core/watch-job.ts";
import { LONGEST_TIMER_MS, toStepperSettings } from "./stepper-settings.ts";
import type { AlertSettings, RedisSettings, StepperSettings } from "./stepper-settings.ts";
import type { BreakerSettings } from "./providers/breaker.ts";
import { createCalls } from "./calls-under-way.ts";
import type { Calls } from "./calls-under-way.ts";
import { wireStepper } from "./stepper.ts";
import type { WiredStepper } from "./stepper.ts";
import { createSilentLogger } from "./telemetry/logger.ts";
import type { Logger } from "./telemetry/logger.ts";
import type { Callbacks } from "./worker/callbacks.ts";

/** The whole tenant of a process that embeds the library. */
const TENANT = "public";

type Optional<Settings> = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** Settings that are groups of others, of which what has a default may be left out. */
interface OptionalGroups {
  readonly circuit?: Optional<BreakerSettings> | undefined;
  readonly alerts?: (Optional<AlertSettings> & Pick<AlertSettings, "discordWebhookUrl">) | undefined;
  readonly redis?: (Optional<RedisSettings> & Pick<RedisSettings, "url">) | undefined;
}

/** Everything is optional: without providers, reports come from the template. */
export interface StepperOptions
  extends Optional<Omit<StepperSettings, keyof OptionalGroups>>, OptionalGroups {
  /** A pino logger. Default: writes nothing. */
  readonly logger?: Logger | undefined;
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

/**
 * Reports as a library: its own cache, queue, workers and providers, in this process. What it answers is the caller's
 * own, to change at will. Once `close` has been called, every other method fails with a {@link RequestError} of kind
 * `unavailable`.
 */
export interface Stepper {
  /**
   * Answers from the cache, or queues a job. Never waits for a provider.
   * @throws {InvalidArgumentError} names every field out of bounds.
   * @throws {RequestError} `queue_full`, `unavailable`
   */
  enqueueReport(input: ReportInput): Promise<EnqueueResult>;
  /**
   * Runs the providers now, past cache and queue, and falls back to the template.
   * @throws {InvalidArgumentError} names every field out of bounds.
   * @throws {RequestError} `unavailable`, also when `close` cuts it off.
   * @throws the signal's reason, once aborted.
   */
  generateReport(input: ReportInput, options?: { readonly signal?: AbortSignal }): Promise<GenerateResult>;
  /**
   * Adds functions that are told how each job ends; the answer takes them away again.
   * @throws {RequestError} `unavailable`
   */
  registerCallbacks(callbacks: Callbacks): () => void;
  /**
   * A job's events: those after `afterSeq`, then each as it comes, until the job has ended. A watch that has begun
   * before `close` sees its job's end.
   * @throws {RequestError} `not_found`, `unavailable`
   */
  watchJob(jobId: string, options?: WatchOptions): AsyncGenerator<WatchEvent, void>;
  /**
   * A job as it stands.
   * @throws {RequestError} `not_found`, `unavailable`
   */
  getJob(jobId: string): Promise<Job>;
  /**
   * Ends a job that waits or runs, and with it the call to a provider; one that has ended stays as it is.
   * @throws {RequestError} `not_found`, `unavailable`
   */
  cancelJob(jobId: string): Promise<Job>;
  /**
   * Takes no more calls, lets jobs, callbacks and calls to `generateReport` finish for `graceMs` (default 30,000, at
   * most 2,147,483,647), then cuts them off and frees everything. Further calls answer with the first one's promise.
   * @throws {InvalidArgumentError} when `graceMs` is no number; the stepper then goes on.
   */
  close(graceMs?: number): Promise<void>;
}

const DEFAULT_GRACE_MS = 30_000;

/**
 * Builds a stepper that reads no environment and shares nothing.
 * @throws {InvalidArgumentError} names every setting out of bounds, or what a provider lacks that its vendor needs.
 */
export function createStepper(options: StepperOptions = {}): Stepper {
  const settings = toStepperSettings(options);
  const { logger = createSilentLogger() } = options;
  const wired = wireStepper({ settings, clock: systemClock, logger });
  const enqueues = createCalls();
  const generates = createCalls();
  let closed: Promise<void> | undefined;

  function requireOpen(): void {
    if (closed !== undefined) throw new RequestError("unavailable", "the stepper has been closed");
  }

  // Answers are copied: cache and job log hand out the very objects that they keep.
  return {
    enqueueReport: async (input) => {
      requireOpen();
      return structuredClone(toEnqueueResult(await enqueues.run(() => wired.reports.enqueue(TENANT, input))));
    },
    generateReport: async (input, { signal } = {}) => {
      requireOpen();
      return generates.run((callSignal) => generateNow(wired, input, callSignal), signal);
    },
    registerCallbacks: (callbacks) => {
      requireOpen();
      return wired.registerCallbacks(callbacks);
    },
    async *watchJob(jobId, watchOptions = {}) {
      requireOpen();
      for await (const event of wired.reports.watch(TENANT, jobId, watchOptions))
        yield structuredClone(event);
    },
    getJob: async (jobId) => {
      requireOpen();
      return structuredClone(await wired.reports.get(TENANT, jobId));
    },
    cancelJob: async (jobId) => {
      requireOpen();
      return structuredClone(await wired.reports.cancel(TENANT, jobId));
    },
    close: (graceMs = DEFAULT_GRACE_MS) => {
      if (closed !== undefined) return closed;
      if (!Number.isFinite(graceMs) && graceMs !== Infinity) return Promise.reject(badGrace());
      const boundedMs = Math.min(Math.max(graceMs, 0), LONGEST_TIMER_MS);
      return (closed = closeWithin(boundedMs, { wired, enqueues, generates }));
    },
  };
}

function badGrace(): InvalidArgumentError {
  return new InvalidArgumentError([{ field: "graceMs", description: "must be a number" }]);
}

function toEnqueueResult(enqueued: Enqueued): EnqueueResult {
  if (enqueued.status !== "completed") return { status: 202, jobId: enqueued.jobId };
  const { report, stale, jobId } = enqueued;
  return { status: 200, data: report, stale, ...(jobId !== undefined && { jobId }) };
}

async function generateNow(
  wired: WiredStepper,
  input: ReportInput,
  signal: AbortSignal,
): Promise<GenerateResult> {
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
}

interface Closing {
  readonly wired: WiredStepper;
  readonly enqueues: Calls;
  readonly generates: Calls;
}

async function closeWithin(graceMs: number, { wired, enqueues, generates }: Closing): Promise<void> {
  const startedAtMs = performance.now();
  const done = new AbortController();
  const grace = systemClock.sleep(graceMs, done.signal);
  void grace.then(() => generates.abort(cutOff()));
  try {
    // Whoever was let in before has a job coming, which must be in the queue before that is drained.
    await Promise.race([enqueues.settled(), grace]);
    const leftMs = Math.max(0, graceMs - (performance.now() - startedAtMs));
    await Promise.all([wired.drain(leftMs), generates.settled()]);
  } finally {
    done.abort();
    await wired.close();
  }
}

function cutOff(): RequestError {
  return new RequestError("unavailable", "the stepper was closed before the report was made");
}
