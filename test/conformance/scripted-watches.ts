import { RequestError } from "../../src/core/errors.ts";
import type { JobEvent, LoggedEvent } from "../../src/core/job.ts";
import type { Clock, JobLog } from "../../src/core/ports.ts";
import type { Reports } from "../../src/core/reports.ts";
import { watchJob } from "../../src/core/watch-job.ts";
import { createMemoryJobLog } from "../../src/engines/memory/job-log.ts";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { createManualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { sampleReport } from "../support/samples.ts";
import { failures } from "./scripted-failures.ts";

/** Jobs whose events are their names'; the same every time. */
export interface ScriptedWatches {
  readonly watch: Reports["watch"];
  readonly clock: ManualClock;
  /** Every event that a handler has been given of those that are made as they are taken. */
  readonly taken: Gate<number>;
  /** Ends the job `open`. */
  end(): void;
}

export const HEARTBEAT_MS = 10_000;
/** As many events has the job `flood`. */
export const FLOOD = 2_000;

const TIME = "2026-01-01T00:00:00.000Z";
const largeReport = sampleReport({ summary: "A summary — mit Umlauten äöü. ".repeat(60) });
const attempt = { provider: "gemini", number: 1, durationMs: 1_250 };

const begun: readonly JobEvent[] = [
  queued("acme"),
  { type: "started", run: 1 },
  { type: "attempt_started", provider: "gemini", number: 1 },
  { type: "attempt_failed", attempt: { ...attempt, outcome: "failed", errorKind: "timeout" } },
];
const completed: JobEvent = { type: "completed", report: sampleReport() };
const logs: Readonly<Record<string, readonly JobEvent[]>> = {
  ended: [...begun, { type: "provider_skipped", provider: "groq", reason: "circuit_open" }, completed],
  large: [...begun, { type: "completed", report: largeReport }],
  failed: [...begun, { type: "failed", error: { kind: "internal", message: "für “100%” — 日本" } }],
  cancelled: [...begun, { type: "cancelled" }],
  foreign: [queued("another"), completed],
  open: begun,
};

function queued(tenant: string): JobEvent {
  return { type: "queued", tenant, userId: "ada", repo: "acme/shop", commitSha: "9fceb02" };
}

export function createScriptedWatches(): ScriptedWatches {
  const clock = createManualClock();
  const taken = createGate<number>();
  const log = createLog(clock);

  async function* make(count: number): AsyncGenerator<LoggedEvent, void> {
    for (let seq = 1; seq <= count; seq += 1) {
      taken.pass(seq);
      // Whoever makes events waits for something.
      await Promise.resolve();
      yield toLogged({ type: "attempt_started", provider: "p".repeat(1_000), number: seq }, seq);
    }
  }

  async function* breakOff(name: string): AsyncGenerator<LoggedEvent, void> {
    yield* make(2);
    throw failures[name]?.() ?? new RequestError("not_found", "there is no such script");
  }

  return {
    clock,
    taken,
    end: () => void log.append("open", completed),
    watch: (tenant, jobId, { afterSeq = 0, signal, stop }) => {
      if (signal === undefined || stop === undefined) throw new Error("a watch has no end");
      if (jobId === "endless") return make(Infinity);
      if (jobId === "flood") return make(FLOOD);
      if (jobId === "unsayable") return unsayable();
      if (jobId.startsWith(BREAKS)) return breakOff(jobId.slice(BREAKS.length));
      return watchJob({ log, clock, heartbeatMs: HEARTBEAT_MS }, { tenant, jobId, afterSeq, signal, stop });
    },
  };
}

/** The names of jobs whose watch fails after two events, by the failure's name. */
export const BREAKS = "breaks-";

function toLogged(event: JobEvent, seq: number): LoggedEvent {
  return { ...event, seq, time: TIME };
}

/** Its second event has a number that the schema has no room for. */
// eslint-disable-next-line @typescript-eslint/require-await -- a watch is asynchronous, whatever it waits for
async function* unsayable(): AsyncGenerator<LoggedEvent, void> {
  yield toLogged({ type: "started", run: 1 }, 1);
  yield toLogged({ type: "started", run: 2 ** 40 }, 2);
}

function createLog(clock: Clock): JobLog {
  const log = createMemoryJobLog({ clock, retentionMs: 3_600_000, maxBytes: 1_000_000 });
  for (const [jobId, events] of Object.entries(logs)) {
    for (const event of events) void log.append(jobId, event);
  }
  return {
    ...log,
    read: (jobId, afterSeq) => {
      const failure = failures[jobId]?.();
      return failure ? Promise.reject(failure) : log.read(jobId, afterSeq);
    },
  };
}
