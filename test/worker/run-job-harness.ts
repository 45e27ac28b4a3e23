import type { Attempt } from "../../src/core/job.ts";
import type {
  ChainOptions,
  ChainSuccess,
  ProviderChain,
  QueuedJob,
  RunContext,
} from "../../src/core/ports.ts";
import { createCancellations } from "../../src/worker/cancellations.ts";
import { createRunJob } from "../../src/worker/run-job.ts";
import type { JobEnd, RunSummary } from "../../src/worker/run-job.ts";
import { createTestEngine, REPORT_TTL_MS } from "../support/core.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { queuedEvent, queuedJob, sampleContent } from "../support/samples.ts";
import { redaction } from "../../src/redaction/redaction.ts";

export const FALLBACK_TTL_MS = 30_000;
export const JOB_TIMEOUT_MS = 120_000;
const CLAIM_TTL_MS = 3_600_000;

export const job: QueuedJob = queuedJob("a");

/** What a chain does on one run. */
type ChainRun = (options: ChainOptions) => Promise<ChainSuccess | undefined>;

export const succeeds: ChainRun = () =>
  Promise.resolve({
    content: sampleContent(),
    model: "gemini-test",
    attempt: { provider: "gemini", number: 1, outcome: "succeeded", durationMs: 5 },
  });

export const hasNothing: ChainRun = () => Promise.resolve(undefined);

export const breaks: ChainRun = () => Promise.reject(new Error("secret-of-the-chain"));

/** Runs until it is told to stop: with nothing at the deadline, with the reason of the caller's signal. */
export const hangs: ChainRun = ({ signal, deadline }) =>
  new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error));
    deadline.addEventListener("abort", () => resolve(undefined));
  });

/** A handler on a memory engine, with a job that has been claimed and logged, and everything it tells. */
export async function createHarness(run: ChainRun = succeeds) {
  const clock = createManualClock();
  const engine = createTestEngine(clock);
  const ends: { readonly end: JobEnd; readonly summary: RunSummary }[] = [];
  const errors: unknown[] = [];
  const failedAttempts: { readonly attempt: Attempt; readonly cause: unknown }[] = [];
  const chain: { run: ChainRun; runs: number } = { run, runs: 0 };
  const runJob = createRunJob({
    ...engine,
    ...redaction,
    clock,
    chain: toProviderChain(chain),
    reportTtlMs: REPORT_TTL_MS,
    fallbackTtlMs: FALLBACK_TTL_MS,
    jobTimeoutMs: JOB_TIMEOUT_MS,
    cancellations: createCancellations(engine.log),
    onAttemptFailed: (_, attempt, cause) => void failedAttempts.push({ attempt, cause }),
    onEnd: (_, end, summary) => {
      ends.push({ end, summary });
      return Promise.resolve();
    },
    onError: (_, error) => void errors.push(error),
  });
  await engine.cache.claim(job.fingerprint, job.jobId, CLAIM_TTL_MS);
  await engine.log.append(job.jobId, queuedEvent);
  return {
    failedAttempts,
    clock,
    engine,
    chain,
    ends,
    errors,
    run: (context: Partial<RunContext> = {}) =>
      runJob(job, { run: 1, crashes: 0, lastRun: false, signal: new AbortController().signal, ...context }),
    read: () => engine.cache.read(job.fingerprint),
    types: async () => (await engine.log.read(job.jobId, 0)).map(({ type }) => type),
    last: async () => (await engine.log.read(job.jobId, 0)).at(-1),
  };
}

function toProviderChain(chain: { run: ChainRun; runs: number }): ProviderChain {
  return {
    promptVersion: "1",
    run: (_, options) => {
      chain.runs += 1;
      return chain.run(options);
    },
    health: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}
