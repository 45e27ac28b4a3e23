import { RequestError } from "../../core/errors.ts";
import type { Clock } from "../../core/ports.ts";
import { createPatience } from "./patience.ts";
import type { RedisReachability } from "./reachability.ts";

/** Stands around every call to Redis, and decides how long it may wait and what its failure means. */
export type RedisAccess = <Answer>(call: () => Promise<Answer>) => Promise<Answer>;

interface BoundedAccessOptions {
  readonly reachability: RedisReachability;
  readonly clock: Clock;
}

/** Longest that a caller of the service waits for one answer of Redis. */
const CALL_TIMEOUT_MS = 1_500;

/** Redis is usually back within seconds. */
const RETRY_AFTER_MS = 1_000;

/** For those who have work in hand: a call waits until Redis is back. */
export const patientAccess: RedisAccess = (call) => call();

/**
 * For those who answer somebody: a call fails with `unavailable`, at once when Redis is known to be away and after a
 * second and a half otherwise. What has been sent to Redis may still take effect when it is back; every step of an
 * Enqueue is built to be found half done.
 */
export function createBoundedAccess({ reachability, clock }: BoundedAccessOptions): RedisAccess {
  const patience = createPatience(clock, CALL_TIMEOUT_MS);
  return async (call) => {
    if (!(await reachability.check())) throw unavailable();
    try {
      return await patience.waitFor(call(), unavailable);
    } catch (error) {
      throw isTrouble(error) ? unavailable(error) : error;
    }
  };
}

function unavailable(cause?: unknown): RequestError {
  return new RequestError("unavailable", "the store can not be reached", {
    retryAfterMs: RETRY_AFTER_MS,
    ...(cause !== undefined && { cause }),
  });
}

/** What Redis answers when it is there but can't serve now. */
const TEMPORARY_REPLIES =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|MISCONF|OOM|BUSY|UNKILLABLE)\b/;

/** What ioredis says of connections; it has no codes for it. */
const CONNECTION_FAILURES = /Connection is closed|Stream isn't writeable|Command aborted|ClusterAllFailed/;

/** True for what ails Redis or the way to it, false for what is wrong with the call. */
function isTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError") return TEMPORARY_REPLIES.test(error.message);
  return "syscall" in error || CONNECTION_FAILURES.test(`${error.name} ${error.message}`);
}
