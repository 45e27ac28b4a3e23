import { setTimeout as sleep } from "node:timers/promises";
import { Metadata, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import type { Commit } from "../github-webhook/push-event.ts";
import { connectReportService } from "./report-service.ts";
import type { EnqueueResponse, Report, WatchJobResponse } from "./report-service.ts";

/** Makes reports on a stepper server. */
export interface ReportClient {
  /**
   * Enqueues a commit and follows its job to the end, across cut connections.
   * @throws when the job failed, the server refused, or the time is up.
   */
  makeReport(commit: Commit, signal: AbortSignal): Promise<Report>;
  close(): void;
}

interface ReportClientOptions {
  /** Such as `http://localhost:3001`. */
  readonly url: string;
  readonly apiKey: string | undefined;
  /** Time for one report, everything included. Default 600,000: ten minutes. */
  readonly timeoutMs?: number;
}

/** How long a report may take, and who may end that earlier. */
interface Patience {
  readonly deadline: Date;
  readonly signal: AbortSignal;
}

/** Enqueue never waits for a provider. */
const ENQUEUE_TIMEOUT_MS = 10_000;
const BASE_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;

export function createReportClient({ url, apiKey, timeoutMs = 600_000 }: ReportClientOptions): ReportClient {
  const service = connectReportService(url);
  const metadata = new Metadata();
  if (apiKey !== undefined) metadata.set("x-api-key", apiKey);

  function enqueue(commit: Commit): Promise<EnqueueResponse> {
    const deadline = Date.now() + ENQUEUE_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      service.enqueue(commit, metadata, { deadline }, (error, response) =>
        error === null && response ? resolve(response) : reject(error ?? new Error("no answer")),
      );
    });
  }

  /** The job's events after `afterSeq`. */
  async function* watch(jobId: string, afterSeq: string, { deadline, signal }: Patience) {
    signal.throwIfAborted();
    const call = service.watchJob({ jobId, afterSeq }, metadata, { deadline });
    const cancel = (): void => call.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      yield* call as AsyncIterable<WatchJobResponse>;
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
    }
  }

  async function follow(jobId: string, patience: Patience): Promise<Report> {
    let seen = "0";
    return untilAvailable(patience, async () => {
      for await (const message of watch(jobId, seen, patience)) {
        // A heartbeat is no event of the job, and has no place among them.
        if (message.event !== "heartbeat") seen = message.seq;
        if (message.event === "completed") return message.completed.report;
        if (message.event === "failed") throw new Error(message.failed.error.message);
      }
      throw new Error("the stream ended before the job");
    });
  }

  return {
    makeReport: async (commit, signal) => {
      const patience = { deadline: new Date(Date.now() + timeoutMs), signal };
      // Enqueueing again is harmless: an equal request gets the same job.
      const { jobId, report } = await untilAvailable(patience, () => enqueue(commit));
      if (jobId === "" && report) return report;
      return follow(jobId, patience);
    },
    close: () => service.close(),
  };
}

/** Repeats a call that found no server, or one that asked for a pause, with growing delays until the deadline. */
async function untilAvailable<T>({ deadline, signal }: Patience, call: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      const waitMs = toWaitMs(error as Partial<ServiceError>, failures);
      if (waitMs === undefined || Date.now() + waitMs > deadline.getTime()) throw error;
      await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** How long to wait before a call is made again; undefined when it should not be. */
function toWaitMs({ code, metadata }: Partial<ServiceError>, failures: number): number | undefined {
  const [seconds] = metadata?.get("retry-after") ?? [];
  if (seconds === undefined && code !== status.UNAVAILABLE) return undefined;
  // Half of the delay is random, so that clients who lost the same server don't come back all at once.
  const backoffMs =
    Math.min(MAX_BACKOFF_MS, BASE_BACKOFF_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
  return Number(seconds ?? 0) * 1_000 + backoffMs;
}
