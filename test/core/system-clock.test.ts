import { describe, expect, it, jest } from "@jest/globals";
import { systemClock } from "../../src/core/system-clock.ts";

describe("the system clock", () => {
  it("never gives Node a longer timer than it has: that would fire at once", async () => {
    const setTimer = jest.spyOn(globalThis, "setTimeout");
    const wake = new AbortController();
    const slept = systemClock.sleep(2 ** 31, wake.signal);
    expect(setTimer.mock.lastCall?.[1]).toBe(2 ** 31 - 1);
    wake.abort();
    await slept;
    setTimer.mockRestore();
  });

  it("does not sleep when it is woken before, and ends its sleep when it is woken", async () => {
    const wake = new AbortController();
    const slept = systemClock.sleep(60_000, wake.signal);
    wake.abort();
    await slept;
    await systemClock.sleep(60_000, wake.signal);
  });
});
