import { describe, expect, it } from "@jest/globals";
import { isTerminal, toJob } from "../../src/core/job.ts";
import type { Attempt, JobEvent, LoggedEvent } from "../../src/core/job.ts";
import { queuedEvent, sampleFallback, sampleReport } from "../support/samples.ts";

const failedCall: Attempt = {
  provider: "gemini",
  number: 1,
  outcome: "failed",
  errorKind: "rate_limited",
  message: "gemini is busy",
  durationMs: 40,
  retryAfterMs: 2_000,
};
const goodCall: Attempt = { provider: "cohere", number: 1, outcome: "succeeded", durationMs: 900 };
const started: JobEvent = { type: "started", run: 1 };
const failed: JobEvent = { type: "failed", error: { kind: "internal", message: "broken" } };

const timeOf = (seq: number) => `2026-01-01T00:00:${String(seq).padStart(2, "0")}.000Z`;

/** A log of these events, one a second. */
function logOf(...events: readonly JobEvent[]): readonly LoggedEvent[] {
  return events.map((event, index) => ({ ...event, seq: index + 1, time: timeOf(index + 1) }));
}

const queuedJob = {
  jobId: "a",
  status: "queued",
  repo: "acme/shop",
  commitSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
  userId: "ada",
  createdAt: timeOf(1),
  attempts: [],
};

describe("toJob", () => {
  it("knows no job without events, nor one whose first event is missing", () => {
    expect(toJob("a", [])).toBeUndefined();
    expect(toJob("a", logOf(started))).toBeUndefined();
  });

  it("folds the first event into a queued job, and shows no tenant", () => {
    expect(toJob("a", logOf(queuedEvent))).toEqual(queuedJob);
  });

  it("runs from its first start on, however often it is started", () => {
    const job = toJob("a", logOf(queuedEvent, started, { type: "started", run: 2 }));
    expect(job).toEqual({ ...queuedJob, status: "running", startedAt: timeOf(2) });
  });

  it("counts a call when it has ended, and no provider that was passed over", () => {
    const attemptStarted: JobEvent = { type: "attempt_started", provider: "gemini", number: 1 };
    const skipped: JobEvent = { type: "provider_skipped", provider: "cohere", reason: "circuit_open" };
    const job = toJob("a", logOf(queuedEvent, started, attemptStarted, skipped));
    expect(job?.attempts).toEqual([]);
  });

  it("keeps failed calls in order, with the one that succeeded last", () => {
    const second = { ...failedCall, number: 2 };
    const log = logOf(
      queuedEvent,
      started,
      { type: "attempt_failed", attempt: failedCall },
      { type: "attempt_failed", attempt: second },
      { type: "completed", report: sampleReport(), attempt: goodCall },
    );
    expect(toJob("a", log)).toEqual({
      ...queuedJob,
      status: "completed",
      startedAt: timeOf(2),
      finishedAt: timeOf(5),
      attempts: [failedCall, second, goodCall],
      report: sampleReport(),
    });
  });

  it("completes with a fallback, for which no call is counted", () => {
    const log = logOf(
      queuedEvent,
      started,
      { type: "attempt_failed", attempt: failedCall },
      { type: "completed", report: sampleFallback() },
    );
    expect(toJob("a", log)).toMatchObject({ status: "completed", attempts: [failedCall] });
  });

  it("fails with its error and keeps what was tried", () => {
    const log = logOf(queuedEvent, started, { type: "attempt_failed", attempt: failedCall }, failed);
    expect(toJob("a", log)).toEqual({
      ...queuedJob,
      status: "failed",
      startedAt: timeOf(2),
      finishedAt: timeOf(4),
      attempts: [failedCall],
      error: { kind: "internal", message: "broken" },
    });
  });

  it("may fail without ever having started", () => {
    expect(toJob("a", logOf(queuedEvent, failed))).not.toHaveProperty("startedAt");
  });

  it("leaves the log as it was", () => {
    const log = logOf(queuedEvent, started, { type: "attempt_failed", attempt: failedCall }, failed);
    const before = structuredClone(log);
    toJob("a", log);
    expect(log).toEqual(before);
  });
});

describe("isTerminal", () => {
  it("is true for the two events that end a job, and for no other", () => {
    const events: readonly JobEvent[] = [
      queuedEvent,
      started,
      { type: "attempt_started", provider: "gemini", number: 1 },
      { type: "attempt_failed", attempt: failedCall },
      { type: "provider_skipped", provider: "gemini", reason: "deadline" },
      { type: "completed", report: sampleReport() },
      failed,
    ];
    expect(events.filter(isTerminal).map(({ type }) => type)).toEqual(["completed", "failed"]);
  });
});
