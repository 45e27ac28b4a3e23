import { describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import { settle } from "../support/manual-clock.ts";
import { runChain, summarize } from "./run-chain.ts";
import { createScriptedAdapter, hangs, succeeds, throws } from "./scripted-adapter.ts";
import type { ScriptedAdapter } from "./scripted-adapter.ts";

const HEDGE_AFTER_MS = 2_000;
const run = (...adapters: readonly ScriptedAdapter[]) => runChain(adapters, { hedgeAfterMs: HEDGE_AFTER_MS });
const fails = throws(new ProviderError("rejected", "no"));

describe("a hedge", () => {
  it("asks the second provider too when the first is slow; the first report wins and the other call ends", async () => {
    const slow = createScriptedAdapter("slow", hangs);
    const quick = createScriptedAdapter("quick", succeeds);
    const { result, clock, events } = run(slow, quick);
    await settle();
    await clock.advance(HEDGE_AFTER_MS - 1);
    expect(quick.calls).toHaveLength(0);
    await clock.advance(1);
    expect((await result)?.attempt.provider).toBe("quick");
    expect(slow.calls[0]?.signal.aborted).toBe(true);
    expect(quick.calls[0]?.signal.aborted).toBe(false);
    expect(clock.sleepers()).toBe(0);
    expect(summarize(events)).toEqual(["slow#1 started", "quick#1 started", "slow#1 failed overtaken"]);
  });

  it("is not made when the first answers in time, nor when it fails in time", async () => {
    const second = createScriptedAdapter("second", succeeds);
    const quick = run(createScriptedAdapter("first", succeeds), second);
    expect((await quick.result)?.attempt.provider).toBe("first");
    expect(second.calls).toHaveLength(0);
    expect(quick.clock.sleepers()).toBe(0);
    const failing = run(createScriptedAdapter("first", fails), second);
    expect((await failing.result)?.attempt.provider).toBe("second");
  });

  it("is not made against the second, which has begun only when the first had failed", async () => {
    const failsLate = createScriptedAdapter("first", async () => {
      await clock.sleep(HEDGE_AFTER_MS - 100, new AbortController().signal);
      throw new ProviderError("rejected", "no");
    });
    const third = createScriptedAdapter("third", succeeds);
    const { result, clock, deadline } = run(failsLate, createScriptedAdapter("second", hangs), third);
    await settle();
    await clock.advance(HEDGE_AFTER_MS * 2);
    expect(third.calls).toHaveLength(0);
    deadline.abort();
    expect(await result).toBeUndefined();
  });

  it("asks two at once at most, and the next as soon as one of them fails", async () => {
    let failSecond: () => void = () => undefined;
    const [first, third] = [createScriptedAdapter("first", hangs), createScriptedAdapter("third", succeeds)];
    const second = createScriptedAdapter(
      "second",
      () => new Promise((_, reject) => (failSecond = () => reject(new ProviderError("rejected", "no")))),
    );
    const { result, clock } = run(first, second, third);
    await settle();
    await clock.advance(HEDGE_AFTER_MS * 3);
    expect([second.calls, third.calls].map(({ length }) => length)).toEqual([1, 0]);
    failSecond();
    expect((await result)?.attempt.provider).toBe("third");
    expect(first.calls[0]?.signal.aborted).toBe(true);
  });

  it("ends with the caller, and with the job's deadline", async () => {
    const unwanted = run(createScriptedAdapter("one", hangs), createScriptedAdapter("two", hangs));
    await settle();
    await unwanted.clock.advance(HEDGE_AFTER_MS);
    unwanted.caller.abort(new Error("gone"));
    await expect(unwanted.result).rejects.toThrow("gone");
    const late = run(createScriptedAdapter("one", hangs), createScriptedAdapter("two", hangs));
    await settle();
    await late.clock.advance(HEDGE_AFTER_MS);
    late.deadline.abort();
    expect(await late.result).toBeUndefined();
    expect([unwanted.clock.sleepers(), late.clock.sleepers()]).toEqual([0, 0]);
  });
});
