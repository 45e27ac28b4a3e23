import { isTerminal } from "../core/job.ts";
import type { JobLog } from "../core/ports.ts";

/** Tells running jobs that somebody has ended them. */
export interface Cancellations {
  /** From now on the signal is aborted when the job's log ends without its run; `done` when the run is over. */
  watch(jobId: string): { readonly signal: AbortSignal; readonly done: () => void };
  close(): void;
}

/** One doorbell serves all jobs of a process: when it rings, the logs of those that run are looked at. */
export function createCancellations(log: JobLog): Cancellations {
  const running = new Map<string, AbortController>();

  async function look(): Promise<void> {
    for (const [jobId, controller] of running) {
      const last = (await log.read(jobId, 0)).at(-1);
      if (last && isTerminal(last)) controller.abort(new Error("somebody has ended the job"));
    }
  }

  // A log that can't be read now is looked at when the engine is back: then every doorbell rings.
  const subscribed = log.subscribeToCancels(() => void look().catch(() => undefined)).catch(() => undefined);

  return {
    watch: (jobId) => {
      const controller = new AbortController();
      running.set(jobId, controller);
      return {
        signal: controller.signal,
        done: () => {
          if (running.get(jobId) === controller) running.delete(jobId);
        },
      };
    },
    close: () => {
      // An engine that is away may never have taken the subscription.
      void subscribed.then((unsubscribe) => unsubscribe?.());
    },
  };
}
