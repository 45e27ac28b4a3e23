import type { WatchJobResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { fromProtoEvent } from "../../src/rpc/from-proto.ts";
import type { WatchedEvent } from "../../src/rpc/from-proto.ts";
import type { ReportServiceClient } from "./fleet.ts";

/** What happened to a job, without the signs of life between. */
export type JobStep = Exclude<WatchedEvent, { readonly type: "heartbeat" }>;

/** Watches a job over one stream, from its first event to the stream's end. */
export async function watchToEnd(
  client: ReportServiceClient,
  jobId: string,
  onStep: (step: JobStep) => void = () => undefined,
): Promise<readonly JobStep[]> {
  const steps: JobStep[] = [];
  for await (const response of client.watchJob({ jobId })) {
    const step = toStep(response);
    if (step === undefined) continue;
    steps.push(step);
    onStep(step);
  }
  return steps;
}

function toStep(response: WatchJobResponse): JobStep | undefined {
  const event = fromProtoEvent(response);
  return event?.type === "heartbeat" ? undefined : event;
}

export function typesOf(steps: readonly JobStep[]): readonly JobStep["type"][] {
  return steps.map(({ type }) => type);
}
