import { RequestError } from "./errors.ts";
import { isTerminal } from "./job.ts";
import type { LoggedEvent } from "./job.ts";
import { readJobLog } from "./get-job.ts";
import type { JobReference } from "./get-job.ts";
import type { Clock, JobLog } from "./ports.ts";

/** A sign of life on a quiet stream. `time` is ISO 8601 in UTC. */
export interface Heartbeat {
  readonly type: "heartbeat";
  readonly time: string;
}

/** What a watcher sees. */
export type WatchEvent = LoggedEvent | Heartbeat;

interface WatchDependencies {
  readonly log: JobLog;
  readonly clock: Clock;
  /** Silence after which a heartbeat is sent. */
  readonly heartbeatMs: number;
}

interface WatchRequest extends JobReference {
  /** The last `seq` already seen; 0 replays from the start. */
  readonly afterSeq: number;
  /** Nobody watches any more: ends the watch at once. */
  readonly signal: AbortSignal;
  /** The watch must go on elsewhere: ends it as soon as everything in the log has been seen. */
  readonly stop: AbortSignal;
}

/** While the engine is away, the log is tried again this often. */
const RETRY_MS = 500;

/**
 * Follows a job: replays what happened after `afterSeq`, then each event as it comes, and returns after the terminal
 * one. Nothing is buffered: the log is read again whenever the doorbell has rung, or after a silence, and the consumer is
 * ready for more. An engine that goes away meanwhile is waited for, under heartbeats.
 * @throws {RequestError} `not_found`; `unavailable` when the engine is away at the start.
 * @throws the reason of `signal`, or of `stop` when the job has not ended by then.
 */
export async function* watchJob(
  deps: WatchDependencies,
  request: WatchRequest,
): AsyncGenerator<WatchEvent, void> {
  const { log, clock, heartbeatMs } = deps;
  const { jobId, signal, stop } = request;
  const doorbell = createDoorbell(clock);
  signal.throwIfAborted();
  // First the doorbell, then the log: an event between the two rings and is read in the next round.
  const unsubscribe = await log.subscribe(jobId, doorbell.ring);
  for (const end of [signal, stop]) end.addEventListener("abort", doorbell.ring, { once: true });
  try {
    signal.throwIfAborted();
    let seen = request.afterSeq;
    let lastSentMs = clock.monotonicMs();
    let isLastRound = stop.aborted;
    let events: readonly LoggedEvent[] | undefined = await readJobLog(log, request);
    for (;;) {
      for (const event of events ?? []) {
        signal.throwIfAborted();
        if (event.seq <= seen) continue;
        seen = event.seq;
        yield event;
        lastSentMs = clock.monotonicMs();
      }
      const last = events?.at(-1);
      if (last && isTerminal(last)) return;
      if (isLastRound) throw stop.reason;
      const silenceMs = Math.max(0, lastSentMs + heartbeatMs - clock.monotonicMs());
      await doorbell.wait(events === undefined ? Math.min(silenceMs, RETRY_MS) : silenceMs);
      signal.throwIfAborted();
      isLastRound = stop.aborted;
      if (!isLastRound && clock.monotonicMs() - lastSentMs >= heartbeatMs) {
        yield { type: "heartbeat", time: new Date(clock.now()).toISOString() };
        lastSentMs = clock.monotonicMs();
      }
      events = await readOn(log, request, seen);
    }
  } finally {
    unsubscribe();
    for (const end of [signal, stop]) end.removeEventListener("abort", doorbell.ring);
  }
}

/** What came after `seen`; undefined while the engine is away. */
async function readOn(
  log: JobLog,
  reference: JobReference,
  seen: number,
): Promise<readonly LoggedEvent[] | undefined> {
  try {
    const events = await log.read(reference.jobId, seen);
    // Nothing new may also mean that the job has ended before `seen`, or that its log has expired.
    return events.length > 0 ? events : await readJobLog(log, reference);
  } catch (error) {
    if (error instanceof RequestError && error.kind === "unavailable") return undefined;
    throw error;
  }
}

interface Doorbell {
  readonly ring: () => void;
  /** Waits for a ring since the last wait, for `ms` at most. */
  wait(ms: number): Promise<void>;
}

function createDoorbell(clock: Clock): Doorbell {
  let wake = new AbortController();
  return {
    ring: () => wake.abort(),
    wait: async (ms) => {
      await clock.sleep(ms, wake.signal);
      wake = new AbortController();
    },
  };
}
