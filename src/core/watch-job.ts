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

/**
 * Follows a job: replays what happened after `afterSeq`, then each event as it comes, and returns after the terminal
 * one. Nothing is buffered: the log is read again whenever the doorbell has rung and the consumer is ready for more.
 * @throws {RequestError} `not_found`
 * @throws the reason of `signal`, or of `stop` when the job has not ended by then.
 */
export async function* watchJob(
  deps: WatchDependencies,
  request: WatchRequest,
): AsyncGenerator<WatchEvent, void> {
  const { log } = deps;
  const { jobId, signal, stop } = request;
  const doorbell = createDoorbell();
  const sleep = (wake: AbortSignal): Promise<void> => deps.clock.sleep(deps.heartbeatMs, wake);
  signal.throwIfAborted();
  // First the doorbell, then the log: an event between the two rings and is read in the next round.
  const unsubscribe = await log.subscribe(jobId, doorbell.ring);
  for (const end of [signal, stop]) end.addEventListener("abort", doorbell.ring, { once: true });
  try {
    signal.throwIfAborted();
    let seen = request.afterSeq;
    let isLastRound = stop.aborted;
    let events = await readJobLog(log, request);
    for (;;) {
      for (const event of events) {
        signal.throwIfAborted();
        if (event.seq <= seen) continue;
        seen = event.seq;
        yield event;
      }
      const last = events.at(-1);
      if (last && isTerminal(last)) return;
      if (isLastRound) throw stop.reason;
      while (!(await doorbell.wait(sleep))) {
        yield { type: "heartbeat", time: new Date(deps.clock.now()).toISOString() };
      }
      signal.throwIfAborted();
      isLastRound = stop.aborted;
      events = await log.read(jobId, seen);
      // Nothing new may also mean that the job has ended before `seen`, or that its log has expired.
      if (events.length === 0) events = await readJobLog(log, request);
    }
  } finally {
    unsubscribe();
    for (const end of [signal, stop]) end.removeEventListener("abort", doorbell.ring);
  }
}

interface Doorbell {
  readonly ring: () => void;
  /** Waits for a ring, or for `sleep` to end; true when it has rung since the last time. */
  wait(sleep: (wake: AbortSignal) => Promise<void>): Promise<boolean>;
}

function createDoorbell(): Doorbell {
  let rung = false;
  let wake = new AbortController();
  return {
    ring: () => {
      rung = true;
      wake.abort();
    },
    wait: async (sleep) => {
      if (!rung) await sleep(wake.signal);
      const answer = rung;
      rung = false;
      wake = new AbortController();
      return answer;
    },
  };
}
