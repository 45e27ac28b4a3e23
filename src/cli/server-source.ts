import { RequestError } from "../core/errors.ts";
import type { ReportInput } from "../core/report-request.ts";
import type { EnqueueAnswer, ReportClient } from "../rpc/report-client.ts";
import { followJob } from "./follow-job.ts";
import type { ReportEvent, ReportSource } from "./report-source.ts";
import { resumeWatch } from "./resume-watch.ts";
import type { RetryDependencies } from "./resume-watch.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** Few: at the start a wrong address is likelier than a server that is about to return. */
const MAX_ENQUEUE_FAILURES = 4;
/** A server without Redis forgets its jobs when it restarts; then the report is asked for anew. */
const MAX_FORGOTTEN_JOBS = 2;

interface ServerSourceDependencies extends RetryDependencies {
  readonly client: Pick<ReportClient, "enqueue" | "watch">;
}

interface Waiting {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ReportEvent) => void;
}

/** Gets reports from a server, and bears with one that restarts, is busy or hard to reach for a while. */
export function createServerSource({ client, clock, random }: ServerSourceDependencies): ReportSource {
  const enqueue = async (input: ReportInput, { signal, onEvent }: Waiting): Promise<EnqueueAnswer> => {
    for (let failures = 1; ; failures++) {
      try {
        return await client.enqueue(input, signal);
      } catch (error) {
        const delayMs = retryDelayMs(error, { failures, maxFailures: MAX_ENQUEUE_FAILURES, random });
        if (delayMs === undefined) throw error;
        onEvent({ type: "retrying", reason: (error as Error).message, delayMs });
        await clock.sleep(delayMs, signal);
        signal.throwIfAborted();
      }
    }
  };

  return {
    async report(input, waiting) {
      for (let forgotten = 0; ; forgotten++) {
        const answer = await enqueue(input, waiting);
        if (answer.report) return { report: answer.report, cached: answer.cached, stale: answer.stale };
        const events = resumeWatch(client, answer.jobId, { clock, random, signal: waiting.signal });
        try {
          return { report: await followJob(events, waiting.onEvent), cached: false, stale: false };
        } catch (error) {
          const isForgotten = error instanceof RequestError && error.kind === "not_found";
          if (!isForgotten || forgotten >= MAX_FORGOTTEN_JOBS) throw error;
        }
      }
    },
    close: () => Promise.resolve(),
  };
}
