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

/** Reports in this process's memory. */
export function createMemoryReportCache({ clock, maxBytes }: MemoryReportCacheOptions): ReportCache {
  const reports = new LRUCache<string, StoredReport>({
    maxSize: maxBytes,
    sizeCalculation: sizeOfJson,
    ttl: 1,
    // The time to live follows our clock, to the millisecond.
    ttlResolution: 0,
    perf: { now: () => clock.now() },
  });
  // Every claim belongs to a job that waits or runs, and ends with it: the queue's bound is the bound here.
  const claims = new Map<string, Claim>();

  function holderOf(fingerprint: string): string | undefined {
    const claim = claims.get(fingerprint);
    return claim && clock.now() < claim.untilMs ? claim.jobId : undefined;
  }

  function entryOf(fingerprint: string): CacheEntry {
    const stored = reports.get(fingerprint);
    const jobId = holderOf(fingerprint);
    return { ...(stored && { stored }), ...(jobId !== undefined && { jobId }) };
  }

  function endClaim(fingerprint: string, jobId: string): void {
    if (claims.get(fingerprint)?.jobId === jobId) claims.delete(fingerprint);
  }

  return {
    read: (fingerprint) => Promise.resolve(entryOf(fingerprint)),
    claim: (fingerprint, jobId, ttlMs) => {
      if (holderOf(fingerprint) === undefined)
        claims.set(fingerprint, { jobId, untilMs: clock.now() + ttlMs });
      return Promise.resolve(entryOf(fingerprint));
    },
    write: (fingerprint, stored, ttlMs) => {
      const current = reports.get(fingerprint);
      const keepsCurrent = stored.report.fallback && current?.report.fallback === false;
      if (!keepsCurrent) reports.set(fingerprint, stored, { ttl: ttlMs });
      endClaim(fingerprint, stored.jobId);
      return Promise.resolve();
    },
    release: (fingerprint, jobId) => {
      endClaim(fingerprint, jobId);
      return Promise.resolve();
    },
    close: () => {
      reports.clear();
      claims.clear();
      return Promise.resolve();
    },
  };
}
