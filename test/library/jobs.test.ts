import { describe, expect, it, jest } from "@jest/globals";
import type { ProviderAdapter } from "../../src/core/ports.ts";
import type { Callbacks } from "../../src/worker/callbacks.ts";
import { createGate } from "../support/gate.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { eventsOf, runJob, startJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();
const broken: ProviderAdapter = { name: "broken", call: () => Promise.reject(new Error("no")) };

function createAnsweringProvider() {
  const provider = createHeldProvider();
  provider.release();
  return provider;
}

const everyEvent = ["queued", "started", "attempt_started", "attempt_failed", "attempt_started", "completed"];

describe("watchJob", () => {
  it("shows a job's events as they come, numbered without gaps, and ends with the job", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [broken, provider] });
    const watched = eventsOf(stepper, await startJob(stepper));
    await provider.called(1);
    provider.release();
    const events = await watched;
    expect(events.map(({ type }) => type)).toEqual(everyEvent);
    expect(events).toMatchObject([1, 2, 3, 4, 5, 6].map((seq) => ({ seq, time: expect.any(String) })));
  });

  it.each([0, 1, 3, 5, 6])("resumes after event %i", async (afterSeq) => {
    const stepper = createStepper({ providers: [broken, createAnsweringProvider()] });
    const jobId = await runJob(stepper);
    const events = await eventsOf(stepper, jobId, { afterSeq });
    expect(events.map(({ type }) => type)).toEqual(everyEvent.slice(afterSeq));
  });

  it("stops with its signal's reason while the job goes on", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const jobId = await startJob(stepper);
    const controller = new AbortController();
    const watched = eventsOf(stepper, jobId, { signal: controller.signal });
    await provider.called(1);
    controller.abort(new Error("enough"));
    await expect(watched).rejects.toThrow("enough");
    expect(await stepper.getJob(jobId)).toMatchObject({ status: "running" });
  });

  it("gives a sign of life when a job is silent", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider], heartbeatMs: 1 });
    const jobId = await startJob(stepper);
    const events = stepper.watchJob(jobId);
    for await (const event of events) if (event.type === "heartbeat") provider.release();
    expect(await stepper.getJob(jobId)).toMatchObject({ status: "completed" });
  });

  it("knows no job that never was", async () => {
    await expect(eventsOf(createStepper(), "never")).rejects.toMatchObject({ kind: "not_found" });
  });
});

describe("getJob", () => {
  it("shows a job while it runs and when it has ended", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [broken, provider] });
    const jobId = await startJob(stepper);
    await provider.called(1);
    const { userId, repo, commitSha } = sampleInput();
    const running = await stepper.getJob(jobId);
    expect(running).toMatchObject({ jobId, status: "running", userId, repo, commitSha });
    expect(running.attempts).toMatchObject([{ provider: "broken", outcome: "failed" }]);
    expect(running).not.toHaveProperty("finishedAt");
    provider.release();
    await eventsOf(stepper, jobId);
    expect(await stepper.getJob(jobId)).toMatchObject({
      status: "completed",
      attempts: [{ provider: "broken" }, { provider: "held", outcome: "succeeded" }],
      report: { provider: "held", tokenUsage: { inputTokens: 100, outputTokens: 20 } },
    });
  });

  it("knows no job that never was", async () => {
    await expect(createStepper().getJob("never")).rejects.toMatchObject({ kind: "not_found" });
  });
});

describe("registerCallbacks", () => {
  it("tells of each job once, by how it ended, until it is taken away", async () => {
    const told = createGate<readonly unknown[]>();
    const callbacks: Callbacks = {
      onSuccess: (jobId, provider, result, { attempts }) =>
        told.pass(["success", jobId, provider, result.provider, attempts.length]),
      onFallback: (jobId, { provider }, { attempts }) =>
        told.pass(["fallback", jobId, provider, attempts.length]),
      onFailure: (jobId) => told.pass(["failure", jobId]),
    };
    const good = createStepper({ providers: [broken, createAnsweringProvider()] });
    const poor = createStepper({ providers: [broken] });
    const unregister = good.registerCallbacks(callbacks);
    poor.registerCallbacks(callbacks);
    const first = await runJob(good);
    await told.passed(1);
    unregister();
    await runJob(good, sampleInput({ commitSha: "later" }));
    const second = await runJob(poor);
    expect(await told.passed(2)).toEqual([
      ["success", first, "held", "held", 2],
      ["fallback", second, "template", 1],
    ]);
  });

  it("tells nothing of reports from the cache, nor of generateReport", async () => {
    const stepper = createStepper({ providers: [createAnsweringProvider()] });
    await runJob(stepper);
    const onSuccess = jest.fn();
    stepper.registerCallbacks({ onSuccess });
    await stepper.enqueueReport(sampleInput());
    await stepper.generateReport(sampleInput());
    await stepper.close();
    expect(onSuccess).not.toHaveBeenCalled();
  });
});
