import type { CacheState } from "../core/cache-state.ts";
import type { AttemptErrorKind } from "../core/job.ts";
import type { Circuit, QueueCounts } from "../core/ports.ts";
import type { TokenUsage } from "../core/report.ts";

/** One call to a provider. */
export interface AttemptMeasure {
  readonly provider: string;
  /** `aborted`: given up before there was an answer, because another provider was faster, or the job was ended. */
  readonly outcome: "succeeded" | "failed" | "aborted";
  readonly errorKind?: AttemptErrorKind;
  readonly durationMs: number;
  readonly tokenUsage?: TokenUsage;
}

/** How a job ended in this process. */
export interface JobMeasure {
  readonly status: "completed" | "failed" | "cancelled";
  /** True when the template wrote the report. */
  readonly fallback?: boolean;
  /** How long its last run took; absent when it did not run here. */
  readonly durationMs?: number;
}

/** One call at a door. */
interface CallMeasure {
  /** A name from our own list: never what a client made up. */
  readonly method: string;
  /** As Connect spells it, or `ok`. */
  readonly code: string;
  readonly durationMs: number;
}

/** What is counted while stepper works. Telling it costs nothing and never fails. */
export interface Metrics {
  attempt(attempt: AttemptMeasure): void;
  circuit(provider: string, circuit: Circuit): void;
  lookup(state: CacheState["name"]): void;
  job(job: JobMeasure): void;
  call(call: CallMeasure): void;
  /** What to ask for the queue's depth whenever somebody wants to know. */
  readQueueWith(counts: () => Promise<QueueCounts>): void;
  /** What to ask for the number of open streams. */
  readWatchersWith(count: () => number): void;
}

/** For those who count nothing. */
export const noMetrics: Metrics = {
  attempt: ignore,
  circuit: ignore,
  lookup: ignore,
  job: ignore,
  call: ignore,
  readQueueWith: ignore,
  readWatchersWith: ignore,
};

function ignore(): void {
  // Nobody asks.
}
