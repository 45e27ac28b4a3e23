import { RequestError } from "../core/errors.ts";
import { isTerminal } from "../core/job.ts";
import type { Clock } from "../core/ports.ts";
import type { ReportClient, WatchedEvent } from "../rpc/report-client.ts";
import type { ReportEvent } from "./report-source.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { untilSilent } from "./until-silent.ts";

/** Failures in a row, without one event between them, after which a server counts as gone. */
const MAX_FAILURES = 8;
/** Four times the default interval of heartbeats. */
const MAX_SILENCE_MS = 60_000;

/** What waiting and trying again depend on. */
export interface RetryDependencies {
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Watches a job to its end across cut connections: after each it goes on behind the last event it saw.
 * @throws {RequestError} when the server refuses, or can't be reached any more.
 */
export async function* resumeWatch(
  client: Pick<ReportClient, "watch">,
  jobId: string,
  { clock, random, signal }: RetryDependencies & { readonly signal: AbortSignal },
): AsyncGenerator<ReportEvent, void> {
  let seen = 0;
  let failures = 0;
  for (;;) {
    try {
      for await (const event of watchOnce(client, { jobId, afterSeq: seen, clock, signal })) {
        failures = 0;
        if (event.type !== "heartbeat") seen = event.seq;
        yield event;
        if (event.type !== "heartbeat" && event.type !== "queued" && isTerminal(event)) return;
      }
      throw new RequestError("unavailable", "the server ended the stream before the job's end");
    } catch (error) {
      signal.throwIfAborted();
      failures += 1;
      const delayMs = retryDelayMs(error, { failures, maxFailures: MAX_FAILURES, random });
      if (delayMs === undefined) throw error;
      yield { type: "retrying", reason: (error as Error).message, delayMs };
      await clock.sleep(delayMs, signal);
      signal.throwIfAborted();
    }
  }
}

interface WatchOnce {
  readonly jobId: string;
  readonly afterSeq: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

function watchOnce(
  client: Pick<ReportClient, "watch">,
  { jobId, afterSeq, clock, signal }: WatchOnce,
): AsyncIterable<WatchedEvent> {
  const connection = new AbortController();
  const events = client.watch(jobId, afterSeq, AbortSignal.any([signal, connection.signal]));
  return untilSilent(events, { silenceMs: MAX_SILENCE_MS, clock, abandon: () => connection.abort() });
}
