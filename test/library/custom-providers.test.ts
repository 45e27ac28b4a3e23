import { describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { PromptInput, ProviderAdapter, ProviderCallContext } from "../../src/core/ports.ts";
import type { StepperOptions } from "../../src/create-stepper.ts";
import type { TokenUsage } from "../../src/core/report.ts";
import { createGate } from "../support/gate.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { eventsOf, startJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();

/** A provider that does what none should: its types are told a lie. */
function createProvider(
  call: (input: PromptInput, context: ProviderCallContext) => unknown,
): ProviderAdapter {
  return { name: "custom", call } as ProviderAdapter;
}

const secret = "sk-secret-in-an-error";
const cyclic: Record<string, unknown> = {};
cyclic.content = cyclic;

const misdeeds: readonly [string, () => unknown, string][] = [
  [
    "throws at once",
    () => {
      throw new Error(secret);
    },
    "unavailable",
  ],
  ["rejects with an error", () => Promise.reject(new Error(secret)), "unavailable"],
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  ["rejects with nothing", () => Promise.reject(undefined), "unavailable"],
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  ["rejects with a text", () => Promise.reject(secret), "unavailable"],
  ["answers nothing", () => undefined, "invalid_output"],
  ["answers null", () => Promise.resolve(null), "invalid_output"],
  ["answers a number", () => Promise.resolve(7), "invalid_output"],
  ["answers with a text in place of an output", () => Promise.resolve("text"), "invalid_output"],
  ["answers without content", () => Promise.resolve({}), "invalid_output"],
  ["answers with content that is no report", () => Promise.resolve({ content: 7 }), "invalid_output"],
  [
    "answers with a report out of bounds",
    () => ({ content: sampleContent({ title: "x" }) }),
    "invalid_output",
  ],
  ["answers with a circle", () => Promise.resolve(cyclic), "invalid_output"],
  [
    "answers with a trap",
    () => ({
      get content() {
        throw new Error(secret);
      },
    }),
    "unavailable",
  ],
];

describe("a custom provider", () => {
  it.each(misdeeds)("that %s costs its own turn only", async (_, call, errorKind) => {
    const good: ProviderAdapter = { name: "good", call: () => Promise.resolve({ content: sampleContent() }) };
    const stepper = createStepper({ providers: [createProvider(call), good] });
    const generated = await stepper.generateReport(sampleInput());
    expect(generated.usedProvider).toBe("good");
    expect(generated.timings.attempts[0]).toMatchObject({ provider: "custom", outcome: "failed", errorKind });
    expect(JSON.stringify(generated)).not.toContain(secret);
  });

  it.each(misdeeds)("that %s leaves a job that completes with the template", async (_, call) => {
    const stepper = createStepper({ providers: [createProvider(call)] });
    const events = await eventsOf(stepper, await startJob(stepper));
    expect(events.at(-1)).toMatchObject({ type: "completed", report: { fallback: true } });
    expect(JSON.stringify(events)).not.toContain(secret);
  });

  it("that changes what it is asked changes it for itself alone", async () => {
    const seen: PromptInput[] = [];
    const spoiling = createProvider((input) => {
      seen.push(structuredClone(input));
      Object.assign(input.request, { message: "spoiled", repo: "spoiled" });
      (input.request.files as string[]).push("spoiled");
      delete (input.schema.properties as Record<string, unknown>).title;
      throw new Error("no");
    });
    const generate = () => createStepper({ providers: [spoiling] }).generateReport(sampleInput());
    const { result } = await generate();
    await generate();
    expect(JSON.stringify(result)).not.toContain("spoiled");
    expect(seen[1]).toEqual(seen[0]);
  });

  it.each([
    ["a function", { inputTokens: () => 1 }],
    ["too little", { inputTokens: -1, outputTokens: 1 }],
  ])("that fails with counts that make no sense (%s) is told of without them", async (_, tokenUsage) => {
    const failing = createProvider(() => {
      throw new ProviderError("rejected", "no", { tokenUsage: tokenUsage as unknown as TokenUsage });
    });
    const stepper = createStepper({ providers: [failing] });
    const told = createGate<unknown>();
    stepper.registerCallbacks({ onFallback: (jobId) => told.pass(jobId) });
    const jobId = await startJob(stepper);
    await eventsOf(stepper, jobId);
    expect(await told.passed(1)).toEqual([jobId]);
    const { attempts } = await stepper.getJob(jobId);
    expect(attempts).toMatchObject([{ outcome: "failed", errorKind: "rejected" }]);
    expect(attempts[0]).not.toHaveProperty("tokenUsage");
  });

  it("that never settles and ignores its signal holds nobody up once the job's time is over", async () => {
    let given: AbortSignal | undefined;
    const provider = createProvider((_, { signal }) => {
      given = signal;
      return new Promise(() => undefined);
    });
    const stepper = createStepper({ providers: [provider], jobTimeoutMs: 20 });
    const jobId = await startJob(stepper);
    const events = await eventsOf(stepper, jobId);
    expect(events.at(-1)).toMatchObject({ type: "completed", report: { fallback: true } });
    expect((await stepper.getJob(jobId)).attempts).toMatchObject([{ errorKind: "timeout" }]);
    expect(given?.aborted).toBe(true);
  });

  it("that answers after its time is over changes nothing any more", async () => {
    let answer: (output: unknown) => void = () => undefined;
    const provider = createProvider(() => new Promise((resolve) => (answer = resolve)));
    const stepper = createStepper({ providers: [provider], jobTimeoutMs: 20 });
    const jobId = await startJob(stepper);
    const events = await eventsOf(stepper, jobId);
    answer({ content: sampleContent() });
    expect(await eventsOf(stepper, jobId)).toEqual(events);
  });

  it("may be an object of a class, and answer without a promise, with the report itself", async () => {
    class Custom {
      readonly name = "class";
      readonly #content = sampleContent();
      call() {
        return { content: this.#content, model: 7, tokenUsage: { inputTokens: -1 } };
      }
    }
    const stepper = createStepper({ providers: [new Custom() as unknown as ProviderAdapter] });
    const { result } = await stepper.generateReport(sampleInput());
    expect(result).toMatchObject({ ...sampleContent(), provider: "class", model: "unknown" });
    expect(result).not.toHaveProperty("tokenUsage");
  });

  it("is given the prompt, the commit it speaks of, and the shape of the answer", async () => {
    const given: PromptInput[] = [];
    const provider = createProvider((input) => {
      given.push(input);
      return { content: sampleContent() };
    });
    await createStepper({ providers: [provider] }).generateReport(sampleInput());
    expect(given).toHaveLength(1);
    expect(given[0]?.prompt).toContain(sampleInput().message);
    expect(given[0]?.request).toEqual({ ...sampleInput(), tenant: "public" });
    expect(given[0]?.schema).toMatchObject({ type: "object" });
  });
});

describe("a stepper is not made", () => {
  const named = (name: string): ProviderAdapter => ({ name, call: () => Promise.reject(new Error("no")) });

  it.each<[string, NonNullable<StepperOptions["providers"]>, string]>([
    ["when a vendor's provider lacks what its vendor needs", [{ name: "gemini" }], "providers.gemini.apiKey"],
    ["with two providers of one name", [named("one"), named("two"), named("one")], "providers[2].name"],
    ["with a provider that has the fallback's name", [named("template")], "providers[0].name"],
  ])("%s", (_, providers, field) => {
    expect(() => createStepper({ providers })).toThrow(
      expect.objectContaining({ kind: "invalid_argument", fields: [expect.objectContaining({ field })] }),
    );
  });
});
