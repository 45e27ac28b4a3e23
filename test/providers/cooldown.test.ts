import { describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { ChainEvent } from "../../src/core/ports.ts";
import { createDeferred } from "../support/deferred.ts";
import { settle } from "../support/manual-clock.ts";
import { MAX_COOLDOWN_WAIT_MS, runChain, summarize } from "./run-chain.ts";
import { createRequest } from "./sample-request.ts";
import { createScriptedAdapter, hangs, succeeds, throws } from "./scripted-adapter.ts";

const throttles = (retryAfterMs: number) =>
  throws(new ProviderError("rate_limited", "too many", { retryAfterMs }));
const MAX_ATTEMPTS = 3;
const fails = throws(new ProviderError("rejected", "no"));

describe("a provider that asked to be left alone", () => {
  it("is asked again when its time has come, and no other has a report", async () => {
    const adapter = createScriptedAdapter("one", throttles(20_000), succeeds);
    const { result, clock, events } = runChain([adapter, createScriptedAdapter("two", fails)], {
      maxAttempts: MAX_ATTEMPTS,
    });
    await settle();
    await clock.advance(19_999);
    expect(adapter.calls).toHaveLength(1);
    await clock.advance(1);
    expect((await result)?.attempt).toMatchObject({ provider: "one", number: 2 });
    expect(summarize(events)).toEqual([
      "one#1 started",
      "one#1 failed rate_limited",
      "two#1 started",
      "two#1 failed rejected",
      "one#2 started",
    ]);
  });

  it("is waited for until the earliest of them may be asked", async () => {
    const [late, early] = [
      createScriptedAdapter("late", throttles(50_000)),
      createScriptedAdapter("early", throttles(15_000), succeeds),
    ];
    const { result, clock, events } = runChain([late, early], { maxAttempts: MAX_ATTEMPTS });
    await settle();
    await clock.advance(15_000);
    expect((await result)?.attempt.provider).toBe("early");
    expect(summarize(events)).toContain("late skipped cooling_down");
    expect(events).toContainEqual({
      type: "provider_skipped",
      provider: "late",
      reason: "cooling_down",
      retryAfterMs: 35_000,
    });
  });

  it("is not waited for when that takes too long", async () => {
    const { result } = runChain([createScriptedAdapter("one", throttles(MAX_COOLDOWN_WAIT_MS + 1))], {
      maxAttempts: MAX_ATTEMPTS,
    });
    expect(await result).toBeUndefined();
  });

  it("is waited for no longer than that in all, and asked no more often than it may be", async () => {
    const patient = createScriptedAdapter("one", throttles(40_000), throttles(40_000));
    const long = runChain([patient], { maxAttempts: MAX_ATTEMPTS });
    await settle();
    await long.clock.advance(40_000);
    expect(await long.result).toBeUndefined();
    expect(patient.calls).toHaveLength(2);

    const again = Array.from({ length: 10 }, () => throttles(1));
    const eager = createScriptedAdapter("one", ...again);
    const short = runChain([eager], { maxAttempts: MAX_ATTEMPTS });
    await settle();
    await short.clock.advance(10_000);
    expect(await short.result).toBeUndefined();
    expect(eager.calls).toHaveLength(MAX_ATTEMPTS);
  });

  it("is asked again although its rest has ended while others were asked", async () => {
    const one = createScriptedAdapter("one", throttles(20_000), succeeds);
    const two = createScriptedAdapter("two", hangs, hangs);
    const { result, clock } = runChain([one, two], { maxAttempts: 2, timeoutMs: 12_000 });
    await settle();
    // Twice twelve seconds, and half a second between.
    await clock.advance(24_250);
    expect((await result)?.attempt).toMatchObject({ provider: "one", number: 2 });
  });

  it("is not called by those who waited for its slots when it said so", async () => {
    const answers = [createDeferred(), createDeferred()];
    const busy = answers.map(({ promise }) => async (...given: Parameters<typeof fails>) => {
      await promise;
      return throttles(40_000)(...given);
    });
    const adapter = createScriptedAdapter("one", ...busy);
    const { chain, result, clock, caller, deadline } = runChain([adapter], { concurrency: 2 });
    const skips: ChainEvent[] = [];
    const observe = (event: ChainEvent) => Promise.resolve(void skips.push(event));
    const others = Array.from({ length: 8 }, () =>
      chain.run(createRequest(), { observe, signal: caller.signal, deadline: deadline.signal }),
    );
    await settle();
    answers[0]?.resolve();
    await settle();
    answers[1]?.resolve();
    await settle();
    deadline.abort();
    await Promise.all([result, ...others]);
    expect(adapter.calls).toHaveLength(2);
    expect(skips.filter(({ type }) => type === "provider_skipped")).toContainEqual(
      expect.objectContaining({ reason: "cooling_down", retryAfterMs: 40_000 }),
    );
    expect(clock.sleepers()).toBe(0);
  });

  it("is asked after once for a call that need not wait", async () => {
    const asked: string[] = [];
    const cooldownMs = (provider: string): Promise<number> => {
      asked.push(provider);
      return Promise.resolve(0);
    };
    await runChain([createScriptedAdapter("one", succeeds)], { cooldownMs }).result;
    expect(asked).toEqual(["one"]);
  });

  it("whose short rests others renew for ever is left after a while, and the next is asked", async () => {
    const two = createScriptedAdapter("two", succeeds);
    const { result, clock } = runChain([createScriptedAdapter("one"), two], {
      maxAttempts: MAX_ATTEMPTS,
      cooldownMs: 5_000,
    });
    await settle();
    await clock.advance(5_000 * MAX_ATTEMPTS);
    expect((await result)?.attempt.provider).toBe("two");
  });

  it("is not waited for beyond the job's deadline: the next is asked now", async () => {
    const one = createScriptedAdapter("one", throttles(9_000));
    const { result, clock } = runChain([one, createScriptedAdapter("two", succeeds)], {
      maxAttempts: MAX_ATTEMPTS,
      leftMs: 5_000,
    });
    expect((await result)?.attempt.provider).toBe("two");
    const alone = runChain([createScriptedAdapter("one", throttles(20_000))], {
      maxAttempts: MAX_ATTEMPTS,
      leftMs: 15_000,
    });
    expect(await alone.result).toBeUndefined();
    expect([clock.sleepers(), alone.clock.sleepers()]).toEqual([0, 0]);
  });

  it("is passed over by other reports meanwhile, and asked by them afterwards", async () => {
    const adapter = createScriptedAdapter("one", throttles(30_000), succeeds, succeeds);
    const { chain, clock, result, caller, deadline } = runChain([adapter], { maxAttempts: MAX_ATTEMPTS });
    await settle();
    expect(await chain.health()).toEqual([{ name: "one", circuit: "closed", cooldownMs: 30_000 }]);
    const events: string[] = [];
    const other = chain.run(createRequest(), {
      observe: (event) => {
        events.push(event.type);
        return Promise.resolve();
      },
      signal: caller.signal,
      deadline: deadline.signal,
    });
    await settle();
    expect(adapter.calls).toHaveLength(1);
    await clock.advance(30_000);
    expect(await Promise.all([result, other])).toMatchObject([{ model: "model-1" }, { model: "model-1" }]);
    expect(events).toEqual(["provider_skipped", "attempt_started"]);
    expect(await chain.health()).toMatchObject([{ cooldownMs: 0 }]);
  });

  it("is waited for no longer than the job's deadline, or than anybody wants the report", async () => {
    const late = runChain([createScriptedAdapter("one", throttles(30_000))], { maxAttempts: MAX_ATTEMPTS });
    await settle();
    late.deadline.abort();
    expect(await late.result).toBeUndefined();
    expect(late.clock.sleepers()).toBe(0);

    const unwanted = runChain([createScriptedAdapter("one", throttles(30_000))], {
      maxAttempts: MAX_ATTEMPTS,
    });
    await settle();
    unwanted.caller.abort(new Error("gone"));
    await expect(unwanted.result).rejects.toThrow("gone");
    expect(unwanted.clock.sleepers()).toBe(0);
  });

  it("is not asked again for a report that it has failed for good", async () => {
    const one = createScriptedAdapter("one", fails, throttles(20_000), succeeds);
    const answered = createDeferred();
    const isSlow = async (...given: Parameters<typeof fails>): Promise<unknown> => {
      await answered.promise;
      return fails(...given);
    };
    const { chain, result, events, caller, deadline } = runChain(
      [one, createScriptedAdapter("two", isSlow, succeeds)],
      { maxAttempts: MAX_ATTEMPTS },
    );
    await settle();
    // Another report makes it rest meanwhile.
    const observe = () => Promise.resolve();
    await chain.run(createRequest(), { observe, signal: caller.signal, deadline: deadline.signal });
    answered.resolve();
    expect(await result).toBeUndefined();
    expect(summarize(events)).toEqual([
      "one#1 started",
      "one#1 failed rejected",
      "two#1 started",
      "two#1 failed rejected",
    ]);
  });
});
