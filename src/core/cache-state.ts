import type { CacheEntry, StoredReport } from "./ports.ts";

/** How old a report may get. */
export interface Freshness {
  /** A report older than this is stale. */
  readonly staleAfterMs: number;
  /** True when a stale report is answered while a refresh runs; false makes it a miss. */
  readonly staleWhileRevalidate: boolean;
}

/**
 * What an entry is worth to a caller now.
 *
 *   miss ──claim──► pending ──write──► fresh ──(stale after)──► stale ──(time to live)──► miss
 *                      ▲                                          │
 *                      └──────────────── refresh ◄────────────────┘   (answered meanwhile)
 */
export type CacheState =
  | { readonly name: "fresh"; readonly stored: StoredReport }
  | {
      readonly name: "stale";
      readonly stored: StoredReport;
      /** The job that renews it already. */
      readonly jobId?: string;
    }
  | { readonly name: "pending"; readonly jobId: string }
  | { readonly name: "miss" };

/** Reads an entry. A fallback is never fresh: a model may be back. */
export function toCacheState(entry: CacheEntry, nowMs: number, freshness: Freshness): CacheState {
  const { stored, jobId } = entry;
  if (stored && isFresh(stored, nowMs, freshness)) return { name: "fresh", stored };
  if (stored && freshness.staleWhileRevalidate) {
    return { name: "stale", stored, ...(jobId !== undefined && { jobId }) };
  }
  return jobId === undefined ? { name: "miss" } : { name: "pending", jobId };
}

function isFresh(stored: StoredReport, nowMs: number, { staleAfterMs }: Freshness): boolean {
  return !stored.report.fallback && nowMs - stored.storedAtMs < staleAfterMs;
}
