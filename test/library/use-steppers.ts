import { afterEach } from "@jest/globals";
import { createStepper } from "../../src/create-stepper.ts";
import type { Stepper, StepperOptions } from "../../src/create-stepper.ts";
import type { ReportInput } from "../../src/core/report-request.ts";
import type { WatchOptions } from "../../src/core/reports.ts";
import type { WatchEvent } from "../../src/core/watch-job.ts";
import { sampleInput } from "../support/samples.ts";

/** Makes steppers that are closed after each test. A provider that fails is asked once, unless a test wants more. */
export function useSteppers(): (options?: StepperOptions) => Stepper {
  const made: Stepper[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((stepper) => stepper.close(0)));
  });
  return (options) => {
    const stepper = createStepper({ retryMaxAttempts: 1, ...options });
    made.push(stepper);
    return stepper;
  };
}

/** Queues a job for a commit that the stepper does not know. */
export async function startJob(stepper: Stepper, input: ReportInput = sampleInput()): Promise<string> {
  const answer = await stepper.enqueueReport(input);
  if (answer.status !== 202) throw new Error("the report was there already");
  return answer.jobId;
}

/** A job's events, up to its end. */
export async function eventsOf(
  stepper: Stepper,
  jobId: string,
  options?: WatchOptions,
): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = [];
  for await (const event of stepper.watchJob(jobId, options)) events.push(event);
  return events;
}

/** Queues a job and waits for its end. */
export async function runJob(stepper: Stepper, input?: ReportInput): Promise<string> {
  const jobId = await startJob(stepper, input);
  await eventsOf(stepper, jobId);
  return jobId;
}
