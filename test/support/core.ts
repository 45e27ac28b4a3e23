import { createEnqueueReport } from "../../src/core/enqueue-report.ts";
import type { Enqueued } from "../../src/core/enqueue-report.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";
import type { Clock, Engine } from "../../src/core/ports.ts";
import type { ReportRequest } from "../../src/core/report-request.ts";
import { createMemoryEngine } from "../../src/engines/memory/index.ts";

const PROMPT_VERSION = "1";

export const STALE_AFTER_MS = 60_000;
export const REPORT_TTL_MS = 600_000;

/** A memory engine with room for three waiting jobs. */
export function createTestEngine(clock: Clock): Engine {
  return createMemoryEngine({
    clock,
    concurrency: 2,
    maxWaiting: 3,
    maxRuns: 2,
    retryDelayMs: 1_000,
    maxRetryDelayMs: 10_000,
    retentionMs: 3_600_000,
  });
}

/** The way in on an engine; job ids are job-1, job-2, … */
export function createTestEnqueue(engine: Engine, clock: Clock, staleWhileRevalidate = true) {
  let jobs = 0;
  const enqueueReport = createEnqueueReport({
    ...engine,
    clock,
    createJobId: () => `job-${(jobs += 1)}`,
    freshness: { staleAfterMs: STALE_AFTER_MS, staleWhileRevalidate },
    claimTtlMs: 3_600_000,
  });
  return (request: ReportRequest, traceparent?: string): Promise<Enqueued> =>
    enqueueReport({ request, fingerprint: fingerprint(request, PROMPT_VERSION) }, traceparent);
}
