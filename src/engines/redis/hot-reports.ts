import { LRUCache } from "lru-cache";
import type { CacheEntry, Clock, ReportCache } from "../../core/ports.ts";

interface HotReportsOptions {
  readonly clock: Clock;
  /** Most bytes of reports, about; the least recently used go first. Default: 32 MiB. */
  readonly maxBytes?: number;
}

/** Reports that this process has lately read from Redis, so that one that many ask for is not fetched for each. */
export interface HotReports {
  /** The same cache, with reads answered from here where they can be. */
  inFrontOf(cache: ReportCache): ReportCache;
  /** The same cache, whose reads go past here: what it changes is forgotten here as well. */
  toldBy(cache: ReportCache): ReportCache;
}

/** How long after Redis was asked its answer still counts: a refresh by another process shows after this at the latest. */
const LIFETIME_MS = 1_000;

/** Some five thousand reports of usual size. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * Keeps what Redis said of a fingerprint for a second, or until this process changes something about it. Only a model's
 * report without a claim is kept: whoever waits for anything else must hear of its end. Whether it is stale is for the
 * caller to see, who then claims it, which is asked of Redis and ends its time here.
 */
export function createHotReports({ clock, maxBytes = MAX_BYTES }: HotReportsOptions): HotReports {
  const hot = new LRUCache<string, CacheEntry>({
    maxSize: maxBytes,
    sizeCalculation: sizeOf,
    ttl: LIFETIME_MS,
    ttlResolution: 0,
    perf: { now: () => clock.monotonicMs() },
  });
  /** Reads under way, for all who ask meanwhile. */
  const reads = new Map<string, Promise<CacheEntry>>();

  /** Also takes a read under way out of the way, which may bring what was there before the change. */
  function forget(fingerprint: string): void {
    hot.delete(fingerprint);
    reads.delete(fingerprint);
  }

  /** A change that failed may still have happened. */
  async function change<Answer>(fingerprint: string, made: Promise<Answer>): Promise<Answer> {
    try {
      return await made;
    } finally {
      forget(fingerprint);
    }
  }

  function ask(cache: ReportCache, fingerprint: string): Promise<CacheEntry> {
    const askedAtMs = clock.monotonicMs();
    const isLatest = (): boolean => reads.get(fingerprint) === read;
    const read = cache
      .read(fingerprint)
      .then((entry) => {
        if (isLatest() && mayBeKept(entry)) hot.set(fingerprint, entry, { start: askedAtMs });
        return entry;
      })
      .finally(() => isLatest() && reads.delete(fingerprint));
    reads.set(fingerprint, read);
    return read;
  }

  const toldBy = (cache: ReportCache): ReportCache => ({
    ...cache,
    claim: (fingerprint, ...rest) => change(fingerprint, cache.claim(fingerprint, ...rest)),
    write: (fingerprint, ...rest) => change(fingerprint, cache.write(fingerprint, ...rest)),
    release: (fingerprint, ...rest) => change(fingerprint, cache.release(fingerprint, ...rest)),
  });

  return {
    toldBy,
    inFrontOf: (cache) => ({
      ...toldBy(cache),
      read: async (fingerprint) => hot.get(fingerprint) ?? reads.get(fingerprint) ?? ask(cache, fingerprint),
    }),
  };
}

function mayBeKept({ stored, jobId }: CacheEntry): boolean {
  return stored?.report.fallback === false && jobId === undefined;
}

/** At the two bytes a character that V8 needs at most. */
function sizeOf(entry: CacheEntry): number {
  return JSON.stringify(entry).length * 2;
}
