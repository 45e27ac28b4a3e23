import { describe, expect, it } from "@jest/globals";
import { InvalidArgumentError, ProviderError } from "../../src/core/errors.ts";
import type { ProviderAdapter } from "../../src/core/ports.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();

const busy: ProviderAdapter = {
  name: "busy",
  call: () => Promise.reject(new ProviderError("rate_limited", "busy is busy", { retryAfterMs: 2_000 })),
};
const babbling: ProviderAdapter = { name: "babbling", call: () => Promise.resolve({ content: "no report" }) };
const good: ProviderAdapter = {
  name: "good",
  call: () => Promise.resolve({ content: JSON.stringify(sampleContent()), model: "good-1" }),
};
const unasked: ProviderAdapter = { ...busy, name: "unasked" };

describe("generateReport", () => {
  it("gives the report of the first provider that has one, with all that was tried on the way", async () => {
    const stepper = createStepper({ providers: [busy, babbling, good, unasked] });
    const generated = await stepper.generateReport(sampleInput());
    const durationMs = expect.any(Number);
    expect(generated).toEqual({
      usedProvider: "good",
      result: expect.objectContaining({
        ...sampleContent(),
        provider: "good",
        model: "good-1",
        fallback: false,
      }),
      fallback: false,
      providersAttempted: ["busy", "babbling", "good"],
      timings: {
        totalMs: expect.any(Number),
        attempts: [
          {
            provider: "busy",
            number: 1,
            outcome: "failed",
            errorKind: "rate_limited",
            message: "busy is busy",
            retryAfterMs: 2_000,
            durationMs,
          },
          expect.objectContaining({ provider: "babbling", number: 1, errorKind: "invalid_output" }),
          expect.objectContaining({ provider: "babbling", number: 2, errorKind: "invalid_output" }),
          { provider: "good", number: 1, outcome: "succeeded", durationMs },
        ],
      },
    });
    expect(generated.timings.totalMs).toBeGreaterThanOrEqual(0);
  });

  it("falls back to the template, and says so, when every provider failed", async () => {
    const generated = await createStepper({ providers: [busy] }).generateReport(sampleInput());
    expect(generated).toMatchObject({
      usedProvider: "template",
      fallback: true,
      result: { fallback: true, provider: "template", model: "" },
      providersAttempted: ["busy"],
      timings: { attempts: [{ outcome: "failed" }] },
    });
  });

  it("falls back without having tried anyone when there is no provider", async () => {
    const generated = await createStepper().generateReport(sampleInput());
    expect(generated).toMatchObject({
      usedProvider: "template",
      providersAttempted: [],
      timings: { attempts: [] },
    });
  });

  it("runs past cache and queue: it calls the provider each time and leaves no report behind", async () => {
    const provider = createHeldProvider();
    provider.release();
    const stepper = createStepper({ providers: [provider] });
    await stepper.generateReport(sampleInput());
    await stepper.generateReport(sampleInput());
    expect(provider.calls()).toBe(2);
    expect(await stepper.enqueueReport(sampleInput())).toMatchObject({ status: 202 });
  });

  it("rejects an input out of bounds before it calls anyone", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const refused = stepper.generateReport({ ...sampleInput(), commitSha: "" });
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(provider.calls()).toBe(0);
  });

  it("rejects with the signal's reason while a provider is asked, and tells the provider", async () => {
    const controller = new AbortController();
    let given: AbortSignal | undefined;
    const provider: ProviderAdapter = {
      name: "patient",
      call: (_, { signal }) => {
        given = signal;
        controller.abort(new Error("gone"));
        return new Promise(() => undefined);
      },
    };
    const stepper = createStepper({ providers: [provider, good] });
    const { signal } = controller;
    await expect(stepper.generateReport(sampleInput(), { signal })).rejects.toThrow("gone");
    expect(given?.aborted).toBe(true);
  });

  it("calls nobody when the signal was aborted before", async () => {
    const provider = createHeldProvider();
    const stepper = createStepper({ providers: [provider] });
    const signal = AbortSignal.abort(new Error("gone"));
    await expect(stepper.generateReport(sampleInput(), { signal })).rejects.toThrow("gone");
    expect(provider.calls()).toBe(0);
  });
});
