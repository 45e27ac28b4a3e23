import type { ChainEvent } from "../../src/core/ports.ts";
import { describe, expect, it, jest } from "@jest/globals";
import type { JobEvent } from "../../src/core/job.ts";
import { createDeferred } from "../support/deferred.ts";
import { createGate } from "../support/gate.ts";
import { settle } from "../support/manual-clock.ts";
import { REPORT_TTL_MS } from "../support/core.ts";
import { sampleReport, storedReport } from "../support/samples.ts";
import {
  breaks,
  createHarness,
  FALLBACK_TTL_MS,
  hangs,
  hasNothing,
  job,
  JOB_TIMEOUT_MS,
  succeeds,
} from "./run-job-harness.ts";

const modelReport = sampleReport();
const fallbackReport = expect.objectContaining({ fallback: true, provider: "template" });

describe("a job that made a fallback", () => {
  const skip = (provider: string, retryAfterMs?: number): ChainEvent => ({
    type: "provider_skipped",
    provider,
    reason: "circuit_open",
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
  const start: ChainEvent = { type: "attempt_started", provider: "one", number: 1 };

  it.each<[string, readonly ChainEvent[], number]>([
    [
      "the first provider may be asked again, when it asked none",
      [skip("one", 20_000), skip("two", 10_000)],
      10_000,
    ],
    ["half a minute at most", [skip("one", 600_000)], 30_000],
    ["not at all, when it called one", [skip("one", 20_000), start], 0],
    ["not at all, when nobody knows how long one is passed over", [skip("one", 20_000), skip("two")], 0],
    ["not at all, when there are no providers", [], 0],
  ])("keeps its claim until %s", async (_, events, restMs) => {
    const harness = await createHarness(async ({ observe }) => {
      for (const event of events) await observe(event);
      return undefined;
    });
    await harness.run();
    if (restMs > 0) {
      await harness.clock.advance(restMs - 1);
      expect((await harness.read()).jobId).toBe(job.jobId);
      await harness.clock.advance(2);
    }
    expect(await harness.read()).not.toHaveProperty("jobId");
  });
});

describe("a run whose provider answers", () => {
  it("stores the report, ends the claim, and completes the job with the call that gave it", async () => {
    const { run, read, types, last, clock } = await createHarness();
    await run();
    const attempt = { provider: "gemini", number: 1, outcome: "succeeded", durationMs: 5 };
    expect(await read()).toEqual({
      stored: { ...storedReport("a", modelReport, clock.now()), attempt },
    });
    expect(await types()).toEqual(["queued", "started", "completed"]);
    expect(await last()).toMatchObject({
      report: modelReport,
      attempt: { provider: "gemini", outcome: "succeeded" },
    });
  });

  it("writes the cache before the log: whoever hears of the end finds the report", async () => {
    const { run, engine } = await createHarness();
    const write = jest.spyOn(engine.cache, "write");
    const append = jest.spyOn(engine.log, "append");
    await run();
    expect(append.mock.lastCall?.[1].type).toBe("completed");
    expect(write.mock.invocationCallOrder[0]).toBeLessThan(append.mock.invocationCallOrder.at(-1) ?? 0);
  });

  it("asks log and cache at once for what earlier runs have left", async () => {
    const { run, engine, chain } = await createHarness();
    const answer = createDeferred<readonly []>();
    jest.spyOn(engine.log, "read").mockReturnValueOnce(answer.promise);
    const read = jest.spyOn(engine.cache, "read");
    const ran = run();
    await settle();
    expect(read).toHaveBeenCalledTimes(1);
    expect(chain.runs).toBe(0);
    answer.resolve([]);
    await ran;
    expect(read).toHaveBeenCalledTimes(1);
    expect(chain.runs).toBe(1);
  });

  it("keeps the report for its time to live, and no longer", async () => {
    const { run, read, clock } = await createHarness();
    await run();
    await clock.advance(REPORT_TTL_MS);
    expect(await read()).toHaveProperty("stored");
    await clock.advance(1);
    expect(await read()).toEqual({});
  });

  it("tells of the end once, with its run and how long that took", async () => {
    const { run, ends, chain, clock } = await createHarness();
    chain.run = async (options) => {
      await clock.advance(700.4);
      clock.setBack(3_600_000);
      return succeeds(options);
    };
    await run({ run: 2 });
    expect(ends).toMatchObject([{ end: { type: "completed" }, summary: { run: 2, durationMs: 700 } }]);
  });

  it("logs every step of the chain in order, each before the next is taken", async () => {
    const { run, engine, chain, types } = await createHarness();
    const attempt = { provider: "gemini", number: 1, outcome: "failed", durationMs: 1 } as const;
    const steps: readonly Extract<JobEvent, { type: `attempt_${string}` | "provider_skipped" }>[] = [
      { type: "attempt_started", provider: "gemini", number: 1 },
      { type: "attempt_failed", attempt },
      { type: "provider_skipped", provider: "cohere", reason: "cooling_down", retryAfterMs: 5 },
      { type: "attempt_started", provider: "openai", number: 1 },
    ];
    chain.run = async (options) => {
      for (const step of steps) {
        await options.observe(step);
        expect((await engine.log.read("a", 0)).at(-1)).toMatchObject(step);
      }
      return succeeds(options);
    };
    await run();
    expect(await types()).toEqual(["queued", "started", ...steps.map(({ type }) => type), "completed"]);
  });
});

it("a run tells why a call failed, which the job's log does not hold", async () => {
  const { run, chain, failedAttempts, engine } = await createHarness();
  const attempt = { provider: "gemini", number: 1, outcome: "failed", durationMs: 1 } as const;
  const cause = new Error("why-it-failed");
  chain.run = async (options) => {
    await options.observe({ type: "attempt_started", provider: "gemini", number: 1 });
    await options.observe({ type: "attempt_failed", attempt }, cause);
    return succeeds(options);
  };
  await run();
  expect(failedAttempts).toEqual([{ attempt, cause }]);
  expect(JSON.stringify(await engine.log.read("a", 0))).not.toContain("why-it-failed");
});

describe("a run without an answer", () => {
  it("completes with the fallback, and keeps it for its own, short time", async () => {
    const { run, read, last, clock } = await createHarness(hasNothing);
    await run();
    expect(await last()).toMatchObject({ type: "completed", report: fallbackReport });
    expect(await last()).not.toHaveProperty("attempt");
    await clock.advance(FALLBACK_TTL_MS);
    expect(await read()).toMatchObject({ stored: { report: fallbackReport } });
    await clock.advance(1);
    expect(await read()).toEqual({});
  });

  it("completes with the fallback, and leaves a model's report where it is", async () => {
    const { run, read, last, engine, clock } = await createHarness(hasNothing);
    const earlier = storedReport("earlier", modelReport, clock.now());
    await engine.cache.write(job.fingerprint, earlier, REPORT_TTL_MS);
    await run();
    expect(await last()).toMatchObject({ type: "completed", report: fallbackReport });
    expect(await read()).toEqual({ stored: earlier });
  });

  it("falls back when the job's time is up, and not before", async () => {
    const { run, types, last, clock } = await createHarness(hangs);
    const running = run();
    await settle();
    await clock.advance(JOB_TIMEOUT_MS - 1);
    expect(await types()).toEqual(["queued", "started"]);
    await clock.advance(1);
    await running;
    expect(await last()).toMatchObject({ type: "completed", report: fallbackReport });
    expect(clock.sleepers()).toBe(0);
  });
});

describe("a run of a job that another run has worked on", () => {
  it("only logs the end when the report is already there: no provider is called again", async () => {
    const { run, engine, chain, types, ends } = await createHarness();
    await engine.cache.write(job.fingerprint, storedReport("a", modelReport), REPORT_TTL_MS);
    await run({ run: 2 });
    expect(chain.runs).toBe(0);
    expect(await types()).toEqual(["queued", "completed"]);
    expect(ends).toMatchObject([{ end: { report: modelReport }, summary: { run: 2 } }]);
  });

  it("counts the calls of earlier runs, so that each call of a job has its own number", async () => {
    const { run, engine, chain } = await createHarness();
    const numbers = { gemini: [1, 2], cohere: [1] };
    for (const [provider, calls] of Object.entries(numbers)) {
      for (const number of calls) await engine.log.append("a", { type: "attempt_started", provider, number });
    }
    let before: unknown;
    chain.run = (options) => {
      before = Object.fromEntries(options.attemptsBefore ?? []);
      return succeeds(options);
    };
    await run({ run: 2 });
    expect(before).toEqual({ gemini: 2, cohere: 1 });
  });

  it("does not take another job's report for its own", async () => {
    const { run, engine, chain } = await createHarness();
    await engine.cache.write(job.fingerprint, storedReport("earlier", modelReport), REPORT_TTL_MS);
    await run();
    expect(chain.runs).toBe(1);
  });

  it.each<[string, JobEvent]>([
    ["completed", { type: "completed", report: modelReport }],
    ["failed", { type: "failed", error: { kind: "internal", message: "broken" } }],
  ])("does nothing when the job has %s", async (_, terminal) => {
    const { run, engine, chain, types, ends } = await createHarness();
    await engine.log.append("a", terminal);
    await engine.log.markTold(job.jobId);
    await run({ run: 2 });
    expect(chain.runs).toBe(0);
    expect(await types()).toEqual(["queued", terminal.type]);
    expect(ends).toEqual([]);
  });
});

describe("two runs of one job at once", () => {
  /** Starts two runs that both have called their chain before either goes on. */
  async function race(first: typeof succeeds, second: typeof succeeds) {
    const harness = await createHarness();
    const gate = createGate<null>();
    const chains = [first, second];
    harness.chain.run = async (options) => {
      const chain = chains.shift() ?? breaks;
      gate.pass(null);
      await gate.passed(2);
      return chain(options);
    };
    await Promise.all([harness.run({ lastRun: true }), harness.run({ run: 2, lastRun: true })]);
    return harness;
  }

  it.each([
    ["both succeed", succeeds, succeeds],
    ["one succeeds and one has nothing", succeeds, hasNothing],
    ["one succeeds and one breaks", succeeds, breaks],
    ["one breaks and one succeeds", breaks, succeeds],
    ["both break", breaks, breaks],
  ])("end it once and tell of it once when %s", async (_, first, second) => {
    const { types, ends, read } = await race(first, second);
    const terminal = (await types()).filter((type) => type === "completed" || type === "failed");
    expect(terminal).toHaveLength(1);
    expect(ends.map(({ end }) => end.type)).toEqual(terminal);
    expect(await read()).not.toHaveProperty("jobId");
  });
});

describe("a job that ended in a process that died before it told anybody", () => {
  it("is told of by the next run, once, and not run again", async () => {
    const { run, engine, ends, chain } = await createHarness();
    await engine.log.append(job.jobId, { type: "started", run: 1 });
    await engine.log.append(job.jobId, { type: "completed", report: modelReport });
    await run({ run: 2, crashes: 1 });
    await run({ run: 3, crashes: 2 });
    expect(ends).toMatchObject([{ end: { type: "completed", report: modelReport }, summary: { run: 2 } }]);
    expect(chain.runs).toBe(0);
  });

  it("has its claim ended when it had failed", async () => {
    const { run, engine, ends, read } = await createHarness();
    const error = { kind: "internal", message: "no" } as const;
    await engine.log.append(job.jobId, { type: "failed", error });
    await run({ run: 2, crashes: 1 });
    expect(ends).toMatchObject([{ end: { type: "failed", error } }]);
    expect(await read()).toEqual({});
  });
});
