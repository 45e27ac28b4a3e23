import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { Attempt } from "../../src/core/job.ts";
import type { Engine } from "../../src/core/ports.ts";
import { createCallbackRunner } from "../../src/worker/callbacks.ts";
import type { Callbacks } from "../../src/worker/callbacks.ts";
import type { JobEnd } from "../../src/worker/run-job.ts";
import { createTestEngine } from "../support/core.ts";
import { createDeferred } from "../support/deferred.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { queuedEvent, sampleFallback, sampleReport } from "../support/samples.ts";
import { createCapturedLogger } from "./captured-logger.ts";

const GRACE_MS = 60_000;
const summary = { run: 2, durationMs: 700 };
const failedCall: Attempt = {
  provider: "gemini",
  number: 1,
  outcome: "failed",
  errorKind: "timeout",
  durationMs: 40,
};
const success: JobEnd = { type: "completed", report: sampleReport() };
const fallback: JobEnd = { type: "completed", report: sampleFallback() };
const failure: JobEnd = { type: "failed", error: { kind: "internal", message: "broken" } };
const never = () => new Promise<void>(() => undefined);

let clock: ManualClock;
let engine: Engine;
let captured: ReturnType<typeof createCapturedLogger>;
let runner: ReturnType<typeof createCallbackRunner>;

beforeEach(async () => {
  clock = createManualClock();
  engine = createTestEngine(clock);
  captured = createCapturedLogger();
  runner = createCallbackRunner({ log: engine.log, clock, logger: captured.logger });
  await engine.log.append("a", queuedEvent);
  await engine.log.append("a", { type: "attempt_failed", attempt: failedCall });
});

function createSpies() {
  return {
    onSuccess: jest.fn<NonNullable<Callbacks["onSuccess"]>>(),
    onFallback: jest.fn<NonNullable<Callbacks["onFallback"]>>(),
    onFailure: jest.fn<NonNullable<Callbacks["onFailure"]>>(),
  };
}

/** Tells of the end of job a, and waits until everyone has been told. */
async function tell(end: JobEnd): Promise<void> {
  await engine.log.append("a", end);
  void runner.notify("a", end, summary);
  await runner.drain(GRACE_MS);
}

const meta = {
  tenant: "public",
  userId: "ada",
  repo: "acme/shop",
  commitSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
  ...summary,
  attempts: [failedCall],
};

describe("callbacks", () => {
  it.each([
    ["onSuccess", "a model's report", success, ["a", "gemini", sampleReport(), meta]],
    ["onFallback", "a fallback", fallback, ["a", sampleFallback(), meta]],
    [
      "onFailure",
      "a failure",
      failure,
      ["a", [failedCall, expect.objectContaining({ kind: "internal", message: "broken" })]],
    ],
  ] as const)("%s alone is called, and once, for %s", async (name, _, end, given) => {
    const spies = createSpies();
    runner.register(spies);
    await tell(end);
    expect(spies[name].mock.calls).toEqual([given]);
    const called = Object.values(spies).flatMap((spy) => spy.mock.calls as unknown[]);
    expect(called).toHaveLength(1);
  });

  it("count the call that gave the report among the attempts", async () => {
    const attempt: Attempt = { provider: "cohere", number: 1, outcome: "succeeded", durationMs: 5 };
    const { onSuccess } = createSpies();
    runner.register({ onSuccess });
    await tell({ ...success, attempt });
    expect(onSuccess.mock.lastCall?.[3].attempts).toEqual([failedCall, attempt]);
  });

  it("need not be all there", async () => {
    runner.register({});
    runner.register({ onFailure: createSpies().onFailure });
    await tell(success);
    expect(captured.lines).toEqual([]);
  });

  it("are each told, however many are registered", async () => {
    const all = Array.from({ length: 3 }, createSpies);
    for (const spies of all) runner.register(spies);
    await tell(success);
    expect(all.map(({ onSuccess }) => onSuccess.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it("are told no more once they are taken away, and the others still are", async () => {
    const [gone, kept] = [createSpies(), createSpies()];
    const unregister = runner.register(gone);
    runner.register(kept);
    unregister();
    unregister();
    await tell(success);
    expect(gone.onSuccess).not.toHaveBeenCalled();
    expect(kept.onSuccess).toHaveBeenCalledTimes(1);
  });

  it("keep their `this`", async () => {
    const counter = {
      told: 0,
      onSuccess() {
        this.told += 1;
      },
    };
    runner.register(counter);
    await tell(success);
    expect(counter.told).toBe(1);
  });
});

describe("a callback that misbehaves", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("callback broke");
      },
    ],
    ["rejects", () => Promise.reject(new Error("callback broke"))],
  ])("is logged when it %s, and the others are told", async (_, onSuccess) => {
    const other = createSpies();
    runner.register({ onSuccess });
    runner.register(other);
    await tell(success);
    expect(other.onSuccess).toHaveBeenCalledTimes(1);
    expect(captured.lines).toMatchObject([
      { level: "error", msg: "a callback failed", jobId: "a", err: { message: "callback broke" } },
    ]);
    expect(clock.sleepers()).toBe(0);
  });

  it("is logged when it hangs, while the others are told", async () => {
    const other = createSpies();
    runner.register({ onSuccess: never });
    runner.register(other);
    void runner.notify("a", success, summary);
    await settle();
    expect(other.onSuccess).toHaveBeenCalledTimes(1);
    expect(captured.lines).toEqual([]);
    await clock.advance(30_000);
    expect(captured.lines).toMatchObject([{ level: "warn", msg: "a callback has not returned yet" }]);
  });

  it("is logged when nobody can read what to tell it", async () => {
    jest.spyOn(engine.log, "read").mockRejectedValue(new Error("down"));
    const { onSuccess } = createSpies();
    runner.register({ onSuccess });
    void runner.notify("a", success, summary);
    await runner.drain(GRACE_MS);
    expect(onSuccess).not.toHaveBeenCalled();
    expect(captured.lines).toMatchObject([{ level: "error", msg: "callbacks could not be told" }]);
  });
});

describe("draining", () => {
  it("waits for callbacks that run", async () => {
    const returned = createDeferred();
    runner.register({ onSuccess: () => returned.promise });
    let isDrained = false;
    const drained = tell(success).then(() => (isDrained = true));
    await settle();
    expect(isDrained).toBe(false);
    returned.resolve();
    await drained;
    expect(clock.sleepers()).toBe(0);
  });

  it("waits no longer than its grace", async () => {
    runner.register({ onSuccess: never });
    void runner.notify("a", success, summary);
    await settle();
    let isDrained = false;
    const drained = runner.drain(5_000).then(() => (isDrained = true));
    await clock.advance(4_999);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    await drained;
  });

  it("is over at once when nothing runs", async () => {
    await runner.drain(GRACE_MS);
    expect(clock.sleepers()).toBe(0);
  });
});
