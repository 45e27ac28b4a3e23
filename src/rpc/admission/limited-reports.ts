import { RequestError } from "../../core/errors.ts";
import type { Enqueued } from "../../core/enqueue-report.ts";
import type { Reports, WatchOptions } from "../../core/reports.ts";
import type { WatchEvent } from "../../core/watch-job.ts";
import type { RequestContext } from "../request-context.ts";

/** The calls of {@link Reports} whose limits only show once a message has been read; the same at every door. */
export interface LimitedReports {
  /** @throws {RequestError} `rate_limited`, besides what enqueuing throws. */
  enqueue(context: RequestContext, input: EnqueueInput): Promise<Enqueued>;
  /** @throws {RequestError} `rate_limited`, besides what watching throws. */
  watch(context: RequestContext, jobId: string, options: WatchOptions): AsyncGenerator<WatchEvent, void>;
  /** How many streams are open, of all tenants. */
  watchers(): number;
}

/** Not checked yet. */
type EnqueueInput = Readonly<Record<string, unknown>>;

/**
 * Most streams that a tenant may have open in a process. Far above any dashboard, and low enough that one tenant can't
 * take the memory of all.
 */
const MAX_WATCHERS_PER_TENANT = 10_000;

/** A stream ends with its job, so soon there is room again. */
const WATCHERS_RETRY_AFTER_MS = 5_000;

export function limitReports(
  reports: Pick<Reports, "enqueue" | "watch">,
  maxWatchers = MAX_WATCHERS_PER_TENANT,
): LimitedReports {
  const watchers = new Map<string, number>();

  function leave(tenant: string): void {
    const left = (watchers.get(tenant) ?? 0) - 1;
    if (left > 0) watchers.set(tenant, left);
    else watchers.delete(tenant);
  }

  return {
    watchers: () => [...watchers.values()].reduce((sum, count) => sum + count, 0),
    enqueue: async ({ tenant, countUser, traceparent }, input) => {
      // What is no user's id is refused for that, and counted against the address alone.
      if (typeof input.userId === "string" && input.userId !== "") await countUser(input.userId);
      return reports.enqueue(tenant, input, traceparent);
    },
    async *watch({ tenant }, jobId, options) {
      const count = watchers.get(tenant) ?? 0;
      if (count >= maxWatchers) {
        const after = { retryAfterMs: WATCHERS_RETRY_AFTER_MS };
        throw new RequestError("rate_limited", "too many streams are open", after);
      }
      watchers.set(tenant, count + 1);
      try {
        yield* reports.watch(tenant, jobId, options);
      } finally {
        leave(tenant);
      }
    },
  };
}
