import { describe, expect, it, jest } from "@jest/globals";
import type { ProviderAdapter } from "../../src/core/ports.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { settle } from "../support/manual-clock.ts";
import { sampleInput } from "../support/samples.ts";
import { eventsOf, startJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();
const interrupted = { type: "failed", error: { kind: "interrupted" } };

describe("the grace of close", () => {
  it("is the first call's: further ones, during it and after it, answer with its promise", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const watched = eventsOf(stepper, await startJob(stepper));
    await provider.called(1);
    const closed = stepper.close();
    expect(stepper.close(0)).toBe(closed);
    expect(stepper.close(NaN)).toBe(closed);
    provider.release();
    await closed;
    expect((await watched).at(-1)).toMatchObject({ type: "completed" });
    expect(stepper.close()).toBe(closed);
  });

  it("is used to wait for generateReport", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const generated = stepper.generateReport(sampleInput());
    await provider.called(1);
    let isClosed = false;
    const closed = stepper.close(60_000).then(() => (isClosed = true));
    await settle();
    expect(isClosed).toBe(false);
    provider.release();
    expect(await generated).toMatchObject({ usedProvider: "held" });
    await closed;
  });

  it("ends generateReport with a word on why, and the provider's call with it", async () => {
    let given: AbortSignal | undefined;
    const patient: ProviderAdapter = {
      name: "patient",
      call: (_, { signal }) => {
        given = signal;
        return new Promise(() => undefined);
      },
    };
    const stepper = createStepper({ providers: [patient] });
    const generated = stepper.generateReport(sampleInput());
    const outcome = generated.catch((error: unknown) => error);
    await stepper.close(1);
    expect(given?.aborted).toBe(true);
    expect(await outcome).toMatchObject({
      kind: "unavailable",
      message: "the stepper was closed before the report was made",
    });
  });

  it("may be without end, which is the longest there is, or below 0, which is none", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask"] });
    try {
      const provider = createHeldProvider();
      const patient = createStepper({ providers: [provider], jobTimeoutMs: 2_147_483_647 });
      const watched = eventsOf(patient, await startJob(patient));
      await provider.called(1);
      const closed = patient.close(Infinity);
      await jest.advanceTimersByTimeAsync(10_000);
      provider.release();
      await closed;
      expect((await watched).at(-1)).toMatchObject({ type: "completed" });
    } finally {
      jest.useRealTimers();
    }
    const hasty = createStepper({ providers: [createHeldProvider()] });
    const cutOff = eventsOf(hasty, await startJob(hasty));
    await hasty.close(-1);
    expect((await cutOff).at(-1)).toMatchObject(interrupted);
  });

  it.each([NaN, -Infinity, "soon", null])("can't be %p, and the stepper goes on", async (graceMs) => {
    const stepper = createStepper();
    await expect(stepper.close(graceMs as number)).rejects.toMatchObject({
      kind: "invalid_argument",
      fields: [{ field: "graceMs", description: "must be a number" }],
    });
    expect(await stepper.enqueueReport(sampleInput())).toMatchObject({ status: 202 });
  });
});
