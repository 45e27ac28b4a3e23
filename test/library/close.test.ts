import { describe, expect, it, jest } from "@jest/globals";
import type { Callbacks } from "../../src/worker/callbacks.ts";
import { createDeferred } from "../support/deferred.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { settle } from "../support/manual-clock.ts";
import { sampleInput } from "../support/samples.ts";
import { eventsOf, runJob, startJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();
const interrupted = { type: "failed", error: { kind: "interrupted" } };

describe("close", () => {
  it("lets jobs finish that run or wait, and their watchers and callbacks see it", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider], concurrency: 1 });
    const onSuccess = jest.fn<NonNullable<Callbacks["onSuccess"]>>();
    stepper.registerCallbacks({ onSuccess });
    const ids = [await startJob(stepper), await startJob(stepper, sampleInput({ commitSha: "waits" }))];
    const watched = ids.map((jobId) => eventsOf(stepper, jobId));
    await provider.called(1);
    const closed = stepper.close(60_000);
    provider.release();
    await closed;
    for (const events of await Promise.all(watched))
      expect(events.at(-1)).toMatchObject({ type: "completed" });
    expect(onSuccess.mock.calls.map(([jobId]) => jobId)).toEqual(ids);
  });

  it("cuts off what is not done when its grace is over, and gives every job an end", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider], concurrency: 1 });
    const onFailure = jest.fn<NonNullable<Callbacks["onFailure"]>>();
    stepper.registerCallbacks({ onFailure });
    const ids = [await startJob(stepper), await startJob(stepper, sampleInput({ commitSha: "waits" }))];
    const watched = ids.map((jobId) => eventsOf(stepper, jobId));
    await provider.called(1);
    await stepper.close(1);
    const [running, waiting] = await Promise.all(watched);
    expect(running?.map(({ type }) => type)).toEqual(["queued", "started", "attempt_started", "failed"]);
    expect(waiting?.map(({ type }) => type)).toEqual(["queued", "started", "failed"]);
    for (const events of [running, waiting]) expect(events?.at(-1)).toMatchObject(interrupted);
    expect(onFailure.mock.calls.map(([jobId]) => jobId).sort()).toEqual([...ids].sort());
    expect(provider.calls()).toBe(1);
  });

  it("waits for callbacks that still run", async () => {
    const returned = createDeferred();
    const called = createDeferred();
    const stepper = createStepper();
    stepper.registerCallbacks({
      onFallback: () => {
        called.resolve();
        return returned.promise;
      },
    });
    await startJob(stepper);
    let isClosed = false;
    const closed = stepper.close(60_000).then(() => (isClosed = true));
    await called.promise;
    await settle();
    expect(isClosed).toBe(false);
    returned.resolve();
    await closed;
  });

  it("may be called again, and at once when nothing runs", async () => {
    const stepper = createStepper();
    await Promise.all([stepper.close(), stepper.close()]);
    await stepper.close();
  });

  it("gives a job that was asked for just before an end, too", async () => {
    const stepper = createStepper();
    const started = startJob(stepper);
    const onFallback = jest.fn<NonNullable<Callbacks["onFallback"]>>();
    stepper.registerCallbacks({ onFallback });
    await stepper.close();
    expect(onFallback.mock.calls.map(([jobId]) => jobId)).toEqual([await started]);
  });

  it("takes no call afterwards: each fails as unavailable", async () => {
    const stepper = createStepper();
    const closing = stepper.close();
    for (const when of [Promise.resolve(), closing]) {
      await when;
      const unavailable = { kind: "unavailable", retryable: true };
      await expect(stepper.enqueueReport(sampleInput())).rejects.toMatchObject(unavailable);
      await expect(stepper.generateReport(sampleInput())).rejects.toMatchObject(unavailable);
      await expect(stepper.getJob("a")).rejects.toMatchObject(unavailable);
      await expect(eventsOf(stepper, "a")).rejects.toMatchObject(unavailable);
      expect(() => stepper.registerCallbacks({})).toThrow(expect.objectContaining(unavailable));
    }
  });

  it("waits for ever when it is told to", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const watched = eventsOf(stepper, await startJob(stepper));
    const closed = stepper.close(Infinity);
    await settle();
    provider.release();
    await closed;
    expect((await watched).at(-1)).toMatchObject({ type: "completed" });
  });

  it("is refused a grace that is no number, and the stepper goes on", async () => {
    const stepper = createStepper();
    await expect(stepper.close(NaN)).rejects.toMatchObject({ kind: "invalid_argument" });
    expect(await stepper.enqueueReport(sampleInput())).toMatchObject({ status: 202 });
  });

  it("does not wait longer than its grace for a callback", async () => {
    const returned = createDeferred();
    const stepper = createStepper();
    stepper.registerCallbacks({ onFallback: () => returned.promise });
    await runJob(stepper);
    await stepper.close(1);
    returned.resolve();
  });
});

describe("close while generateReport runs", () => {
  it("lets it finish within the grace", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const generated = stepper.generateReport(sampleInput());
    await provider.called(1);
    const closed = stepper.close(60_000);
    provider.release();
    await closed;
    expect((await generated).usedProvider).toBe("held");
  });

  it("cuts it off after that", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const refused = expect(stepper.generateReport(sampleInput())).rejects.toMatchObject({
      kind: "unavailable",
    });
    await provider.called(1);
    await stepper.close(1);
    await refused;
  });
});
