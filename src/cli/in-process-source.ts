import type { Report } from "../core/report.ts";
import type { ReportInput } from "../core/report-request.ts";
import { followJob } from "./follow-job.ts";
import type { ReportEvent, ReportSource } from "./report-source.ts";

/** As much of the library's `Stepper` as a source needs. */
export interface InProcessStepper {
  enqueueReport(
    input: ReportInput,
  ): Promise<
    | { readonly status: 200; readonly data: Report; readonly stale: boolean }
    | { readonly status: 202; readonly jobId: string }
  >;
  watchJob(
    jobId: string,
    options: { readonly afterSeq?: number; readonly signal?: AbortSignal },
  ): AsyncIterable<ReportEvent>;
  close(graceMs: number): Promise<void>;
}

/** For what follows a job's end; by now no job is left that anybody waits for, unless the user wants to be gone. */
const CLOSE_GRACE_MS = 1_000;

/** Makes reports in this process; closing the source closes the stepper. */
export function createInProcessSource(stepper: InProcessStepper): ReportSource {
  return {
    async report(input, { signal, onEvent }) {
      signal.throwIfAborted();
      const answer = await stepper.enqueueReport(input);
      if (answer.status === 200) return { report: answer.data, cached: true, stale: answer.stale };
      const events = stepper.watchJob(answer.jobId, { afterSeq: 0, signal });
      return { report: await followJob(events, onEvent), cached: false, stale: false };
    },
    close: () => stepper.close(CLOSE_GRACE_MS),
  };
}
