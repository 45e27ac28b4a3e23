import { describe, expect, it, jest } from "@jest/globals";
import type { Callbacks } from "../../src/worker/callbacks.ts";
import { createDeferred } from "../support/deferred.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { settle } from "../support/manual-clock.ts";
import { sampleInput } from "../support/samples.ts";
import { eventsOf, startJob, useSteppers } from "./use-steppers.ts";

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
    for (const events of await Promise.all(watched)) expect(events.at(-1)).toMatchObject(interrupted);
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

  it("leaves no job behind that is asked for too late", async () => {
    const stepper = createStepper();
    await stepper.close();
    const jobId = await startJob(stepper);
    expect((await eventsOf(stepper, jobId)).at(-1)).toMatchObject(interrupted);
  });
});
