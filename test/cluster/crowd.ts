import type { EnqueueResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { sampleInput } from "../support/samples.ts";
import type { Replica } from "./fleet.ts";

/** So many requests at once, by turns at each replica. */
export function askAll(
  replicas: readonly Replica[],
  count: number,
  toCommit: (index: number) => string,
): Promise<readonly EnqueueResponse[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      inTurn(replicas, index).client.enqueue(sampleInput({ commitSha: toCommit(index) })),
    ),
  );
}

/** Goes through a list again and again. */
export function inTurn<Value>(values: readonly Value[], index: number): Value {
  const value = values[index % values.length];
  if (value === undefined) throw new Error("the list is empty");
  return value;
}

/** The jobs that answers name, each once. */
export function jobsOf(answers: readonly EnqueueResponse[]): readonly string[] {
  return [...new Set(answers.map(({ jobId }) => jobId).filter((jobId) => jobId !== ""))];
}

/** @throws when there is not exactly one. */
export function only<Value>([value, ...others]: readonly Value[]): Value {
  if (value === undefined || others.length > 0) throw new Error("there is not exactly one");
  return value;
}
