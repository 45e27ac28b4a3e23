import { describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { ProviderErrorKind } from "../../src/core/errors.ts";
import { createDeferred } from "../support/deferred.ts";
import { settle } from "../support/manual-clock.ts";
import { runChain, summarize, testGuards } from "./run-chain.ts";
import { createRequest } from "./sample-request.ts";
import { createScriptedAdapter, succeeds, throws, writes } from "./scripted-adapter.ts";

const MAX_ATTEMPTS = 3;
const failsWith = (kind: ProviderErrorKind, retryAfterMs?: number) =>
  throws(new ProviderError(kind, "no", { retryAfterMs }));
const unavailable = failsWith("unavailable");

/** Delays are half of their bounds: 250 and 500 milliseconds. */
const run = (...adapters: Parameters<typeof runChain>[0]) =>
  runChain(adapters, { maxAttempts: MAX_ATTEMPTS });

describe("a call that failed for a while", () => {
  it("is made again after a growing delay, at most so often, and then the next provider is tried", async () => {
    const first = createScriptedAdapter("first", unavailable, failsWith("timeout"), unavailable);
    const second = createScriptedAdapter("second", succeeds);
    const { result, clock, events } = run(first, second);
    await settle();
    await clock.advance(249);
    expect(first.calls).toHaveLength(1);
    await clock.advance(1);
    expect(first.calls).toHaveLength(2);
    await clock.advance(499);
    expect(first.calls).toHaveLength(2);
    await clock.advance(1);
    expect((await result)?.attempt).toMatchObject({ provider: "second", number: 1 });
    expect(summarize(events).filter((event) => event.startsWith("first"))).toEqual([
      "first#1 started",
      "first#1 failed unavailable",
      "first#2 started",
      "first#2 failed timeout",
      "first#3 started",
      "first#3 failed unavailable",
    ]);
  });

  it("is made again when Retry-After says so, if that is soon, and not before", async () => {
    const adapter = createScriptedAdapter("one", failsWith("rate_limited", 2_000), succeeds);
    const { result, clock } = run(adapter);
    await settle();
    await clock.advance(1_999);
    expect(adapter.calls).toHaveLength(1);
    await clock.advance(1);
    expect((await result)?.attempt.number).toBe(2);
  });

  it("is not made again when Retry-After is long: the next provider is tried at once", async () => {
    const first = createScriptedAdapter("first", failsWith("rate_limited", 10_001));
    const { result } = run(first, createScriptedAdapter("second", succeeds));
    expect((await result)?.attempt.provider).toBe("second");
  });

  it("is made again after a 429 that names no time", async () => {
    const { result, clock } = run(createScriptedAdapter("one", failsWith("rate_limited"), succeeds));
    await settle();
    await clock.advance(250);
    expect((await result)?.attempt.number).toBe(2);
  });

  it("is not made again at once because Retry-After says nothing", async () => {
    const { result, clock } = run(createScriptedAdapter("one", failsWith("rate_limited", 0), succeeds));
    await settle();
    expect(clock.sleepers()).toBe(1);
    await clock.advance(250);
    expect((await result)?.attempt.number).toBe(2);
  });

  it.each([
    [0, 0],
    [0.999, 499.5],
  ])("is made again after anything from nothing to the bound: %d of it", async (random, delayMs) => {
    const adapter = createScriptedAdapter("one", unavailable, succeeds);
    const guards = { random: () => random };
    const { result, clock } = runChain([adapter], { maxAttempts: MAX_ATTEMPTS, guards });
    await settle();
    if (delayMs > 0) await clock.advance(delayMs - 0.5);
    expect(adapter.calls).toHaveLength(delayMs > 0 ? 1 : 2);
    await clock.advance(1);
    expect(await result).toBeDefined();
  });

  it("is not made again after the job's deadline, nor when nobody wants the report", async () => {
    const late = run(createScriptedAdapter("one", unavailable));
    await settle();
    late.deadline.abort();
    expect(await late.result).toBeUndefined();
    const unwanted = run(createScriptedAdapter("one", unavailable));
    await settle();
    unwanted.caller.abort(new Error("gone"));
    await expect(unwanted.result).rejects.toThrow("gone");
    expect([late.clock.sleepers(), unwanted.clock.sleepers()]).toEqual([0, 0]);
  });
});

describe("a call that failed for good", () => {
  it.each(["rejected", "auth"] as const)("with %s goes to the next provider at once", async (kind) => {
    const first = createScriptedAdapter("first", failsWith(kind));
    const { result } = run(first, createScriptedAdapter("second", succeeds));
    expect((await result)?.attempt.provider).toBe("second");
    expect(first.calls).toHaveLength(1);
  });

  it("with an invalid reply is asked for again once, whatever failed in between", async () => {
    const babbles = writes("no report");
    const adapter = createScriptedAdapter("one", babbles, unavailable, babbles);
    const { result, clock } = run(adapter);
    await settle();
    await clock.advance(250);
    expect(await result).toBeUndefined();
    expect(adapter.calls).toHaveLength(3);
  });
});

describe("a provider that refuses its key", () => {
  const PROBE_INTERVAL_MS = 600_000;

  it("is left out, and asked again by one report after a while; an operator hears of it once", async () => {
    const refuses = failsWith("auth");
    const adapter = createScriptedAdapter("one", refuses, refuses, succeeds, refuses);
    const heard: string[] = [];
    const news = { ...testGuards.news, onKeyRefused: (name: string) => void heard.push(name) };
    const { chain, clock, result } = runChain([adapter], { guards: { news } });
    expect(await result).toBeUndefined();
    const again = () => runAgain(chain);
    expect(await again()).toEqual(["one skipped disabled"]);
    await clock.advance(PROBE_INTERVAL_MS);
    expect(await again()).toEqual(["one#1 started", "one#1 failed auth"]);
    expect(await again()).toEqual(["one skipped disabled"]);
    await clock.advance(PROBE_INTERVAL_MS);
    expect(heard).toEqual(["one"]);
    expect(await again()).toEqual(["one#1 started"]);
    expect(await chain.health()).toMatchObject([{ cooldownMs: 0 }]);
    expect(await again()).toEqual(["one#1 started", "one#1 failed auth"]);
    expect(heard).toEqual(["one", "one"]);
  });

  it("is asked again by one of many reports at once", async () => {
    const answer = createDeferred();
    const holds = async (...given: Parameters<typeof succeeds>) => {
      await answer.promise;
      return succeeds(...given);
    };
    const adapter = createScriptedAdapter("one", failsWith("auth"), holds);
    const { chain, clock, result } = run(adapter);
    await result;
    await clock.advance(PROBE_INTERVAL_MS);
    const all = Array.from({ length: 20 }, () => runAgain(chain));
    await settle();
    answer.resolve();
    await Promise.all(all);
    expect(adapter.calls).toHaveLength(2);
  });

  it("is left alone no longer because the clock is set back", async () => {
    const adapter = createScriptedAdapter("one", failsWith("auth"), succeeds);
    const { chain, clock, result } = run(adapter);
    await result;
    clock.setBack(3_600_000);
    expect(await runAgain(chain)).toEqual(["one skipped disabled"]);
    await clock.advance(PROBE_INTERVAL_MS);
    expect(await runAgain(chain)).toEqual(["one#1 started"]);
  });
});

/** Another report by the same chain, as what happened in short. */
async function runAgain(chain: ReturnType<typeof runChain>["chain"]): Promise<readonly string[]> {
  const events: Parameters<typeof summarize>[0][number][] = [];
  const never = new AbortController().signal;
  await chain.run(createRequest(), {
    observe: (event) => {
      events.push(event);
      return Promise.resolve();
    },
    signal: never,
    deadline: never,
  });
  return summarize(events);
}
