import { LRUCache } from "lru-cache";
import { sizeOfJson } from "./json-size.ts";
import type { CacheEntry, Clock, ReportCache, StoredReport } from "../../core/ports.ts";

interface MemoryReportCacheOptions {
  readonly clock: Clock;
  /** Most bytes of reports, about; the least recently used go first. */
  readonly maxBytes: number;
}

interface Claim {
  readonly jobId: string;
  readonly untilMs: number;
}

/** Far more than may rest at once; forgetting one costs a job that brings nothing. */
const MAX_RESTING = 10_000;

/** For a time to live that follows our clock, to the millisecond. */
const timed = (clock: Clock) => ({ ttl: 1, ttlResolution: 0, perf: { now: () => clock.now() } });

/** Reports in this process's memory. */
export function createMemoryReportCache({ clock, maxBytes }: MemoryReportCacheOptions): ReportCache {
  const reports = new LRUCache<string, StoredReport>({
    maxSize: maxBytes,
    sizeCalculation: sizeOfJson,
    ...timed(clock),
  });
  // Every claim belongs to a job that waits or runs, and ends with it: the queue's bound is the bound here.
  const claims = new Map<string, Claim>();
  /** The jobs that rest on their claims after their end. */
  const resting = new LRUCache<string, string>({ ...timed(clock), max: MAX_RESTING });

  function holderOf(fingerprint: string): string | undefined {
    const claim = claims.get(fingerprint);
    return claim && clock.now() < claim.untilMs ? claim.jobId : resting.get(fingerprint);
  }

  function entryOf(fingerprint: string): CacheEntry {
    const stored = reports.get(fingerprint);
    const jobId = holderOf(fingerprint);
    return { ...(stored && { stored }), ...(jobId !== undefined && { jobId }) };
  }

  function endClaim(fingerprint: string, jobId: string): void {
    if (claims.get(fingerprint)?.jobId === jobId) claims.delete(fingerprint);
    if (resting.get(fingerprint) === jobId) resting.delete(fingerprint);
  }

  return {
    read: (fingerprint) => Promise.resolve(entryOf(fingerprint)),
    claim: (fingerprint, jobId, ttlMs) => {
      if (holderOf(fingerprint) === undefined)
        claims.set(fingerprint, { jobId, untilMs: clock.now() + ttlMs });
      return Promise.resolve(entryOf(fingerprint));
    },
    write: (fingerprint, stored, ttlMs, restMs = 0) => {
      const current = reports.get(fingerprint);
      const keepsCurrent = stored.report.fallback && current?.report.fallback === false;
      if (!keepsCurrent) reports.set(fingerprint, stored, { ttl: ttlMs });
      const rests = restMs > 0 && holderOf(fingerprint) === stored.jobId;
      endClaim(fingerprint, stored.jobId);
      if (rests) resting.set(fingerprint, stored.jobId, { ttl: restMs });
      return Promise.resolve();
    },
    release: (fingerprint, jobId) => {
      endClaim(fingerprint, jobId);
      return Promise.resolve();
    },
    close: () => {
      reports.clear();
      claims.clear();
      resting.clear();
      return Promise.resolve();
    },
  };
}
