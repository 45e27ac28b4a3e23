import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createBreaker } from "../../src/providers/breaker.ts";
import type { Breaker, Verdict } from "../../src/providers/breaker.ts";

const RESET_MS = 30_000;
const WINDOW_MS = 60_000;

let changes: string[];
let breaker: Breaker;

beforeEach(() => {
  // opossum keeps time by itself.
  jest.useFakeTimers();
  changes = [];
  breaker = createBreaker({
    errorPercent: 50,
    minCalls: 4,
    windowMs: WINDOW_MS,
    resetMs: RESET_MS,
    onChange: (circuit) => changes.push(circuit),
  });
});
afterEach(() => {
  breaker.close();
  jest.useRealTimers();
});

/** Makes a call for each verdict, one after another. */
async function make(...verdicts: readonly Verdict[]): Promise<void> {
  for (const verdict of verdicts)
    await breaker.run(
      () => Promise.resolve(verdict),
      (answer) => answer,
    );
}

/** Begins a call that ends when it is told to. */
function hold() {
  let end: (verdict: Verdict) => void = () => undefined;
  const ended = breaker.run(
    () => new Promise<Verdict>((resolve) => (end = resolve)),
    (verdict) => verdict,
  );
  return { end, ended };
}

describe("a circuit", () => {
  it("is closed at first, and hands answers on, failing ones too", async () => {
    expect([breaker.circuit(), breaker.allows(), breaker.openMs()]).toEqual(["closed", true, 0]);
    const answer = await breaker.run(
      () => Promise.resolve("no"),
      () => "failing",
    );
    expect(answer).toBe("no");
  });

  it("stays closed below the fewest calls, and opens at the share of failing ones", async () => {
    await make("failing", "failing", "healthy");
    expect(breaker.circuit()).toBe("closed");
    await make("failing");
    expect(breaker.circuit()).toBe("open");
    expect(changes).toEqual(["open"]);
  });

  it("opens at exactly the share, and not below it", async () => {
    await make("healthy", "healthy", "healthy", "failing", "failing");
    expect(breaker.circuit()).toBe("closed");
    await make("failing");
    expect(breaker.circuit()).toBe("open");
  });

  it("forgets what is older than its window", async () => {
    await make("failing", "failing", "failing");
    await jest.advanceTimersByTimeAsync(WINDOW_MS + 1);
    await make("healthy", "healthy", "healthy", "failing");
    expect(breaker.circuit()).toBe("closed");
  });

  it("makes no call while it is open, and says for how long", async () => {
    await make("failing", "failing", "failing", "failing");
    await jest.advanceTimersByTimeAsync(10_000);
    expect(breaker.openMs()).toBe(RESET_MS - 10_000);
    const call = jest.fn(() => Promise.resolve("yes"));
    expect(await breaker.run(call, () => "healthy")).toBeUndefined();
    expect(call).not.toHaveBeenCalled();
  });

  it("lets one probe through when it is half-open, and closes when that is healthy", async () => {
    await make("failing", "failing", "failing", "failing");
    await jest.advanceTimersByTimeAsync(RESET_MS);
    expect([breaker.circuit(), breaker.allows()]).toEqual(["half-open", true]);
    const probe = hold();
    expect(breaker.allows()).toBe(false);
    expect(
      await breaker.run(
        () => Promise.resolve("second"),
        () => "healthy",
      ),
    ).toBeUndefined();
    probe.end("healthy");
    await probe.ended;
    expect(breaker.circuit()).toBe("closed");
    expect(changes).toEqual(["open", "half-open", "closed"]);
  });

  it.each(["healthy", "failing", "nothing"] as const)(
    "takes no word of a call from before it opened, be it %s",
    async (verdict) => {
      const late = hold();
      await make("failing", "failing", "failing", "failing");
      await jest.advanceTimersByTimeAsync(RESET_MS);
      const probe = hold();
      late.end(verdict);
      await late.ended;
      expect([breaker.circuit(), breaker.allows()]).toEqual(["half-open", false]);
      probe.end("healthy");
      await probe.ended;
      expect(changes).toEqual(["open", "half-open", "closed"]);
    },
  );

  it("does not count calls that have no answer yet, or were given up", async () => {
    for (let call = 0; call < 10; call += 1) hold();
    await make("nothing", "nothing", "nothing", "nothing");
    await make("failing", "failing", "failing");
    expect(breaker.circuit()).toBe("closed");
    await make("failing");
    expect(breaker.circuit()).toBe("open");
  });

  it.each(["failing", "nothing"] as const)("opens again after a probe that was %s", async (verdict) => {
    await make("failing", "failing", "failing", "failing");
    await jest.advanceTimersByTimeAsync(RESET_MS);
    await make(verdict);
    expect(breaker.circuit()).toBe("open");
    await jest.advanceTimersByTimeAsync(RESET_MS);
    expect(breaker.circuit()).toBe("half-open");
  });

  it("forgets, when it closes, what had opened it", async () => {
    await make("failing", "failing", "failing", "failing");
    await jest.advanceTimersByTimeAsync(RESET_MS);
    await make("healthy", "failing", "healthy", "healthy");
    expect(breaker.circuit()).toBe("closed");
    await make("failing", "failing");
    expect(changes).toEqual(["open", "half-open", "closed", "open"]);
  });

  it("takes a call that rejects for no fault of the provider", async () => {
    const broken = () => Promise.reject(new Error("the log is gone"));
    for (let call = 0; call < 10; call += 1) {
      await expect(breaker.run(broken, () => "healthy")).rejects.toThrow("the log is gone");
    }
    expect(breaker.circuit()).toBe("closed");
  });
});
