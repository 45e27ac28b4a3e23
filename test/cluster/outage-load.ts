import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import type { Client } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { WatchJobResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { createGate } from "../support/gate.ts";
import { sampleInput } from "../support/samples.ts";
import { toRetryAfterMs } from "./outage-answers.ts";

/** What a watcher saw, and when; heartbeats have the number 0. */
interface SeenEvent {
  readonly seq: number;
  readonly type: WatchJobResponse["event"]["case"];
  readonly atMs: number;
}

/** A job whose id the client holds, and what its watcher has seen so far. */
export interface AcceptedJob {
  readonly jobId: string;
  readonly acceptedMs: number;
  readonly seen: readonly SeenEvent[];
}

/** One Enqueue: a job, or the error that came instead. */
interface EnqueueCall {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly answer: string | Error;
}

/** A client that enqueues one new commit after another, and watches each job at another process than took it. */
export interface Load {
  readonly calls: readonly EnqueueCall[];
  readonly jobs: readonly AcceptedJob[];
  /** Resolves when so many jobs have been accepted in all. */
  accepted(count: number): Promise<unknown>;
  /** Enqueues no more, and resolves when every watcher has seen its job's end. */
  finish(): Promise<void>;
}

type ReportClient = Client<typeof ReportService>;

/** Enqueues a commit every `intervalMs`, at each of `urls` in turn. Times are those of `performance.now()`. */
export function startLoad(urls: readonly [string, string], intervalMs: number): Load {
  const [left, right] = urls.map((baseUrl) => createClient(ReportService, createGrpcTransport({ baseUrl })));
  const calls: EnqueueCall[] = [];
  const gate = createGate<AcceptedJob>();
  const jobs: AcceptedJob[] = [];
  const underWay: Promise<void>[] = [];

  async function submit(client: ReportClient, other: ReportClient, commitSha: string): Promise<void> {
    const startedMs = performance.now();
    const answer = await client.enqueue(sampleInput({ commitSha })).then(({ jobId }) => jobId, toError);
    const endedMs = performance.now();
    calls.push({ startedMs, endedMs, answer });
    if (typeof answer !== "string") return;
    const seen: SeenEvent[] = [];
    const job = { jobId: answer, acceptedMs: endedMs, seen };
    jobs.push(job);
    gate.pass(job);
    await follow(other, answer, seen);
  }

  let count = 0;
  function tick(): void {
    if (left === undefined || right === undefined) return;
    count += 1;
    const doors: [ReportClient, ReportClient] = count % 2 === 0 ? [left, right] : [right, left];
    const submitted = submit(...doors, `commit-${count}`);
    // Told of by `finish`.
    submitted.catch(() => undefined);
    underWay.push(submitted);
  }
  const timer = setInterval(tick, intervalMs);

  return {
    calls,
    jobs,
    accepted: (wanted) => gate.passed(wanted),
    finish: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}

/** Watches on one stream. A watch that an outage keeps from beginning comes back when it was told to. */
async function follow(client: ReportClient, jobId: string, seen: SeenEvent[]): Promise<void> {
  try {
    for await (const { seq, event } of client.watchJob({ jobId })) {
      seen.push({ seq: Number(seq), type: event.case, atMs: performance.now() });
    }
  } catch (error) {
    const retryAfterMs = toRetryAfterMs(error);
    if (retryAfterMs === undefined || seen.length > 0) throw error;
    await sleep(retryAfterMs);
    await follow(client, jobId, seen);
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
