import { describe, expect, it } from "@jest/globals";
import { defaultSettings } from "../../src/stepper-settings.ts";
import { wireStepper } from "../../src/stepper.ts";
import { createSilentLogger } from "../../src/telemetry/logger.ts";
import { createDeferred } from "../support/deferred.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import { sampleInput } from "../support/samples.ts";

describe("drain", () => {
  it("gives jobs and callbacks one grace, all together", async () => {
    const clock = createManualClock();
    const provider = createHeldProvider();
    const settings = { ...defaultSettings, providers: [provider] };
    const wired = wireStepper({ settings, clock, logger: createSilentLogger() });
    const told = createDeferred();
    wired.registerCallbacks({
      onSuccess: () => {
        told.resolve();
        return new Promise(() => undefined);
      },
    });
    await wired.reports.enqueue("public", sampleInput());
    await provider.called(1);
    let isDrained = false;
    const drained = wired.drain(1_000).then(() => (isDrained = true));
    await clock.advance(400);
    provider.release();
    await told.promise;
    await settle();
    await clock.advance(599);
    expect(isDrained).toBe(false);
    await clock.advance(1);
    expect(isDrained).toBe(true);
    await drained;
    await wired.close();
  });

  it("leaves nothing to wait for, though a callback hangs", async () => {
    const clock = createManualClock();
    const wired = wireStepper({ settings: defaultSettings, clock, logger: createSilentLogger() });
    wired.registerCallbacks({ onFallback: () => new Promise(() => undefined) });
    await wired.reports.enqueue("public", sampleInput());
    await settle();
    const drained = wired.drain(10);
    await settle();
    await clock.advance(10);
    await drained;
    await wired.close();
    expect(clock.sleepers()).toBe(0);
  });
});
