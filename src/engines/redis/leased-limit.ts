import { LRUCache } from "lru-cache";
import type { RateCount } from "../../core/ports.ts";

/** What Redis says of a key's window once hits have been counted there. */
export interface Tally {
  /** Hits that were counted in the window, these among them; it goes on beyond the limit. */
  readonly counted: number;
  /** How long until the window ends. */
  readonly resetMs: number;
}

interface LeasedLimitOptions {
  /** Most hits of a key in a window, of all processes together. */
  readonly max: number;
  /** Counts hits of a key for all processes, in one round trip. */
  readonly count: (key: string, hits: number) => Promise<Tally>;
  /** While Redis is away nothing is answered from here: each process then counts for itself. */
  readonly isReachable: () => boolean;
  /** Of a clock that nobody sets. */
  readonly nowMs: () => number;
  /** Most keys that are remembered; the least recently used go first, with what is left of their leases. */
  readonly maxKeys?: number;
}

/** Answers hits against one limit. */
export interface LeasedLimit {
  /** Rejects when the hit could not be counted. */
  hit(key: string): Promise<RateCount>;
}

interface Waiter {
  readonly resolve: (count: RateCount) => void;
  readonly reject: (error: unknown) => void;
}

/** What this process knows of a key. */
interface Lease {
  /** Hits that are counted for this process and not given out yet. */
  left: number;
  /** Hits that nobody had taken when Redis last answered. */
  untaken: number;
  /** Hits given out in this window. */
  given: number;
  endsAtMs: number;
  isAsking: boolean;
  readonly waiting: Waiter[];
}

/** Most of a limit that all processes together should hold unused, and that one of them may so refuse too early. */
const MAX_HELD_SHARE = 1 / 50;

/** The same of what nobody has taken: towards its end a budget is shared out hit by hit. */
const MAX_HELD_OF_UNTAKEN = 1 / 5;

const MAX_KEYS = 100_000;

/**
 * Counts hits in advance: what a process gives out has been counted in Redis before, so that all together never give out
 * more than may be.
 *
 *   hit ──► some left? given ── all taken? refused ── else it waits ──► one question a key at a time, for
 *               ▲                                                       all who wait and some to be left
 *               └────────────────── until the window ends ◄──────────────────────────┘
 *
 * How much is to be left goes by the process's part in what all have taken, so that it does not add up over many of them.
 * It is never more than the process has given out: who comes once takes nothing in advance.
 */
export function createLeasedLimit(options: LeasedLimitOptions): LeasedLimit {
  const { max, count, isReachable, nowMs, maxKeys = MAX_KEYS } = options;
  const leases = new LRUCache<string, Lease>({ max: maxKeys });

  function leaseOf(key: string): Lease {
    const known = leases.get(key);
    if (known !== undefined) return known;
    const lease = { left: 0, untaken: 0, given: 0, endsAtMs: -Infinity, isAsking: false, waiting: [] };
    leases.set(key, lease);
    return lease;
  }

  const isOver = ({ endsAtMs }: Lease): boolean => nowMs() >= endsAtMs;
  const isDecided = (lease: Lease): boolean => !isOver(lease) && (lease.left > 0 || lease.untaken === 0);

  function decide(lease: Lease): RateCount {
    const isWithin = lease.left > 0;
    if (isWithin) {
      lease.left -= 1;
      lease.given += 1;
    }
    const resetMs = Math.max(0, Math.ceil(lease.endsAtMs - nowMs()));
    return { isWithin, remaining: lease.left + lease.untaken, resetMs };
  }

  /** How many hits to take beyond those that are asked for. */
  function toSpare({ left, untaken, given }: Lease): number {
    if (given === 0) return 0;
    const part = Math.min(1, (given + left) / (max - untaken));
    const heldByAll = Math.min(Math.floor(max * MAX_HELD_SHARE), untaken * MAX_HELD_OF_UNTAKEN);
    return Math.max(0, Math.min(given, Math.round(heldByAll * part)) - left);
  }

  async function take(key: string, lease: Lease): Promise<void> {
    if (isOver(lease)) Object.assign(lease, { left: 0, untaken: 0, given: 0 });
    const hits = lease.waiting.length + toSpare(lease);
    // From the question on: so our window never outlasts the one in Redis.
    const askedAtMs = nowMs();
    const { counted, resetMs } = await count(key, hits);
    const before = counted - hits;
    lease.left += Math.min(hits, Math.max(0, max - before));
    lease.untaken = Math.max(0, max - counted);
    lease.endsAtMs = askedAtMs + resetMs;
  }

  async function ask(key: string, lease: Lease): Promise<void> {
    lease.isAsking = true;
    const { waiting } = lease;
    try {
      while (waiting.length > 0) {
        const asked = waiting.length;
        await take(key, lease);
        for (const { resolve } of waiting.splice(0, asked)) resolve(decide(lease));
        while (waiting.length > 0 && isDecided(lease)) waiting.shift()?.resolve(decide(lease));
      }
    } catch (error) {
      // Those who came meanwhile, too: nobody waits for two failures.
      for (const { reject } of waiting.splice(0)) reject(error);
    } finally {
      lease.isAsking = false;
    }
  }

  return {
    hit: (key) => {
      const lease = leaseOf(key);
      if (isReachable() && isDecided(lease)) return Promise.resolve(decide(lease));
      return new Promise((resolve, reject) => {
        lease.waiting.push({ resolve, reject });
        if (!lease.isAsking) void ask(key, lease);
      });
    },
  };
}
