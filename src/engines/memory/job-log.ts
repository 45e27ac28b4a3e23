import { LRUCache } from "lru-cache";
import { isTerminal } from "../../core/job.ts";
import type { JobEvent, LoggedEvent } from "../../core/job.ts";
import type { Clock, JobLog } from "../../core/ports.ts";
import { sizeOfJson } from "./json-size.ts";

interface MemoryJobLogOptions {
  readonly clock: Clock;
  /** How long the log of an ended job stays readable. */
  readonly retentionMs: number;
  /** Most bytes of ended jobs, about; the least recently read go first. Jobs that have not ended are always kept. */
  readonly maxBytes: number;
}

const MAX_TOLD = 10_000;

/** Job logs in this process's memory. */
export function createMemoryJobLog({ clock, retentionMs, maxBytes }: MemoryJobLogOptions): JobLog {
  const open = new Map<string, LoggedEvent[]>();
  const ended = new LRUCache<string, readonly LoggedEvent[]>({
    maxSize: maxBytes,
    sizeCalculation: sizeOfJson,
    ttl: retentionMs,
    ttlResolution: 0,
    perf: { now: () => clock.now() },
  });
  // Asked about again within moments, if at all: the process that ends a job tells of it.
  const told = new LRUCache<string, true>({ max: MAX_TOLD });
  const cancelBells = new Set<() => void>();
  const doorbells = new Map<string, Set<() => void>>();

  function accept(jobId: string, event: JobEvent): LoggedEvent[] | undefined {
    if (event.type !== "queued") return open.get(jobId);
    if (open.has(jobId) || ended.has(jobId)) return undefined;
    const events: LoggedEvent[] = [];
    open.set(jobId, events);
    return events;
  }

  function end(jobId: string, events: readonly LoggedEvent[]): void {
    open.delete(jobId);
    ended.set(jobId, events);
  }

  return {
    append: (jobId, event) => {
      const events = accept(jobId, event);
      if (events === undefined) return Promise.resolve(undefined);
      const seq = events.length + 1;
      events.push({ ...event, seq, time: new Date(clock.now()).toISOString() });
      if (isTerminal(event)) end(jobId, events);
      for (const ring of doorbells.get(jobId) ?? []) ring();
      if (event.type === "cancelled") for (const ring of cancelBells) ring();
      return Promise.resolve(seq);
    },
    markTold: (jobId) => {
      const isFirst = !told.has(jobId);
      told.set(jobId, true);
      return Promise.resolve(isFirst);
    },
    read: (jobId, afterSeq) => {
      const events = open.get(jobId) ?? ended.get(jobId) ?? [];
      return Promise.resolve(events.slice(afterSeq));
    },
    subscribe: (jobId, ring) => {
      const rings = doorbells.get(jobId) ?? new Set();
      doorbells.set(jobId, rings.add(ring));
      const unsubscribe = (): void => {
        rings.delete(ring);
        if (rings.size === 0 && doorbells.get(jobId) === rings) doorbells.delete(jobId);
      };
      return Promise.resolve(unsubscribe);
    },
    subscribeToCancels: (ring) => {
      cancelBells.add(ring);
      return Promise.resolve(() => void cancelBells.delete(ring));
    },
    listOpen: (ageMs, limit) => {
      const queuedBeforeMs = clock.now() - ageMs;
      const ids: string[] = [];
      // In the order in which they were queued.
      for (const [jobId, [first]] of open) {
        if (ids.length === limit || first === undefined || Date.parse(first.time) > queuedBeforeMs) break;
        ids.push(jobId);
      }
      return Promise.resolve(ids);
    },
    close: () => {
      doorbells.clear();
      return Promise.resolve();
    },
  };
}
