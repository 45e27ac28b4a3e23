import { describe, expect, it } from "@jest/globals";
import { InvalidArgumentError } from "../../src/core/errors.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { eventsOf, runJob, startJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();
const report = expect.objectContaining({
  ...sampleContent(),
  provider: "held",
  model: "held-1",
  fallback: false,
});

function createAnsweringProvider() {
  const provider = createHeldProvider();
  provider.release();
  return provider;
}

describe("enqueueReport", () => {
  it("answers 202 with a job, without waiting for the provider, and 200 once the job has ended", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const answer = await stepper.enqueueReport(sampleInput());
    expect(answer).toEqual({ status: 202, jobId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    provider.release();
    await eventsOf(stepper, (answer as { jobId: string }).jobId);
    expect(await stepper.enqueueReport(sampleInput())).toEqual({ status: 200, data: report, stale: false });
    expect(provider.calls()).toBe(1);
  });

  it("answers with the stale report, and names the job that renews it", async () => {
    const provider = createAnsweringProvider();
    const stepper = createStepper({ providers: [provider], staleAfterMs: 0 });
    const first = await runJob(stepper);
    const answer = await stepper.enqueueReport(sampleInput());
    expect(answer).toEqual({ status: 200, data: report, stale: true, jobId: expect.any(String) });
    expect(answer.jobId).not.toBe(first);
    await eventsOf(stepper, answer.jobId ?? "");
    expect(provider.calls()).toBe(2);
  });

  it("waits for a new report when a stale one must not be answered", async () => {
    const options = { providers: [createAnsweringProvider()], staleAfterMs: 0, staleWhileRevalidate: false };
    const stepper = createStepper(options);
    await runJob(stepper);
    expect(await stepper.enqueueReport(sampleInput())).toMatchObject({ status: 202 });
  });

  it("answers with a fallback as stale, and tries again meanwhile", async () => {
    const stepper = createStepper();
    await runJob(stepper);
    expect(await stepper.enqueueReport(sampleInput())).toMatchObject({
      status: 200,
      data: { fallback: true, provider: "template", model: "" },
      stale: true,
      jobId: expect.any(String),
    });
  });

  it("makes one job and one call of a thousand equal requests at once", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        stepper.enqueueReport(sampleInput({ userId: `u${index}` })),
      ),
    );
    const ids = new Set(answers.map(({ jobId }) => jobId));
    expect(ids.size).toBe(1);
    provider.release();
    for (const id of ids) await eventsOf(stepper, id ?? "");
    expect(provider.calls()).toBe(1);
  });

  it("rejects an input out of bounds and names every bad field", async () => {
    const refused = createStepper().enqueueReport({
      ...sampleInput(),
      userId: "",
      message: "x".repeat(10_001),
    });
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({
      kind: "invalid_argument",
      fields: [{ field: "userId" }, { field: "message" }],
    });
  });

  it("rejects a new job when as many wait as may, and says when to come back", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider], concurrency: 1, maxWaiting: 1 });
    for (const commitSha of ["runs", "waits"]) await startJob(stepper, sampleInput({ commitSha }));
    await expect(stepper.enqueueReport(sampleInput({ commitSha: "no" }))).rejects.toMatchObject({
      kind: "queue_full",
      retryable: true,
      retryAfterMs: expect.any(Number),
    });
  });
});

describe("two steppers", () => {
  it("share neither reports nor jobs", async () => {
    const [one, other] = [createStepper(), createStepper()];
    const jobId = await runJob(one);
    await expect(other.getJob(jobId)).rejects.toMatchObject({ kind: "not_found" });
    expect(await other.enqueueReport(sampleInput())).toMatchObject({ status: 202 });
  });

  it("share no end: one goes on when the other is closed", async () => {
    const provider = createHeldProvider();
    const [closing, other] = [createStepper(), createStepper({ providers: [provider] })];
    const jobId = await startJob(other);
    await closing.close(0);
    provider.release();
    expect((await eventsOf(other, jobId)).at(-1)).toMatchObject({ type: "completed" });
  });
});
