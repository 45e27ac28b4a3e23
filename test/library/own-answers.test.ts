import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { StepperOptions } from "../../src/create-stepper.ts";
import { createGate } from "../support/gate.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { eventsOf, runJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();

/** Sets every text and empties every list that can be reached. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    spoil(inner);
    if (typeof inner === "string") (value as Record<string, unknown>)[key] = "spoiled";
  }
  if (Array.isArray(value)) value.length = 0;
}

function itHandsOutCopies(settings: () => StepperOptions): void {
  it("goes on with what it had, whatever a caller does to its answers", async () => {
    const provider = createHeldProvider();
    provider.release();
    const stepper = createStepper({ ...settings(), providers: [provider] });
    const told = createGate<unknown>();
    for (const spoils of [true, false]) {
      stepper.registerCallbacks({
        onSuccess: (...args) => {
          if (spoils) spoil(args);
          else told.pass(args);
        },
      });
    }
    const jobId = await runJob(stepper);
    const ask = async () => ({
      answer: await stepper.enqueueReport(sampleInput()),
      job: await stepper.getJob(jobId),
      cancelled: await stepper.cancelJob(jobId),
      events: await eventsOf(stepper, jobId),
    });
    const before = await ask();
    const expected = structuredClone(before);
    spoil(before);
    expect(await ask()).toEqual(expected);
    expect(expected.answer).toMatchObject({ data: sampleContent() });
    expect(await told.passed(1)).toEqual([
      [jobId, "held", expect.objectContaining(sampleContent()), expect.anything()],
    ]);
  });
}

describe("on the memory engine, a stepper", () => {
  itHandsOutCopies(() => ({}));
});

await describeWithRedis("on Redis, a stepper", ({ url }) => {
  itHandsOutCopies(() => ({ redis: { url, keyPrefix: randomUUID(), queueName: "reports" } }));
});
