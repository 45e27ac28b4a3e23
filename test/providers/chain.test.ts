import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { ChainEvent } from "../../src/core/ports.ts";
import { createLocalPacer } from "../../src/core/local-pacer.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import { PROMPT_VERSION } from "../../src/providers/prompt.ts";
import { SAMPLE_REPORT } from "../fixtures/vendors/sample-report.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { runChain, summarize, testGuards } from "./run-chain.ts";
import { createRequest } from "./sample-request.ts";
import { createScriptedAdapter, hangs, succeeds, throws, writes } from "./scripted-adapter.ts";
import type { Step } from "./scripted-adapter.ts";

const fails = throws(new ProviderError("unavailable", "down"));

describe("the provider chain", () => {
  it("gives the first provider's report, with the attempt that gave it, and asks no other", async () => {
    const [first, second] = [createScriptedAdapter("first", succeeds), createScriptedAdapter("second")];
    const { result, events } = runChain([first, second]);
    expect(await result).toEqual({
      content: SAMPLE_REPORT,
      model: "model-1",
      attempt: {
        provider: "first",
        number: 1,
        outcome: "succeeded",
        durationMs: 0,
        tokenUsage: { inputTokens: 12, outputTokens: 34 },
      },
    });
    expect(summarize(events)).toEqual(["first#1 started"]);
    expect(second.calls).toHaveLength(0);
    // What is over is not aborted afterwards: a caller may still read from what the adapter opened.
    expect(first.calls[0]?.signal.aborted).toBe(false);
  });

  it("goes on to the next provider, in order, until one succeeds", async () => {
    const adapters = [
      createScriptedAdapter("one", fails),
      createScriptedAdapter("two", fails),
      createScriptedAdapter("three", succeeds),
    ];
    const { result, events } = runChain(adapters);
    expect((await result)?.attempt.provider).toBe("three");
    expect(summarize(events)).toEqual([
      "one#1 started",
      "one#1 failed unavailable",
      "two#1 started",
      "two#1 failed unavailable",
      "three#1 started",
    ]);
  });

  it("resolves with nothing when all have failed, or when there is none", async () => {
    expect(await runChain([createScriptedAdapter("one", fails)]).result).toBeUndefined();
    expect(await runChain([]).result).toBeUndefined();
  });

  it("waits for each event to be taken before the next step", async () => {
    const order: string[] = [];
    const adapter = createScriptedAdapter("one", (...given) => {
      order.push("called");
      return succeeds(...given);
    });
    const observe = async () => {
      await Promise.resolve();
      order.push("observed");
    };
    await runChain([adapter], { observe }).result;
    expect(order).toEqual(["observed", "called"]);
  });

  it("rejects when an event can't be taken, and makes no call", async () => {
    const adapter = createScriptedAdapter("one", succeeds);
    const observe = () => Promise.reject(new Error("the log is gone"));
    await expect(runChain([adapter], { observe }).result).rejects.toThrow("the log is gone");
    expect(adapter.calls).toHaveLength(0);
  });

  it("tells its prompt's version and every provider's health, in order", async () => {
    const { chain } = runChain([createScriptedAdapter("one", succeeds), createScriptedAdapter("two")]);
    expect(chain.promptVersion).toBe(PROMPT_VERSION);
    expect(await chain.health()).toEqual([
      { name: "one", circuit: "closed", cooldownMs: 0 },
      { name: "two", circuit: "closed", cooldownMs: 0 },
    ]);
    await expect(chain.close()).resolves.toBeUndefined();
  });
});

describe("the caller's signal", () => {
  it("rejects with its reason at once, aborts the call, and asks nobody else", async () => {
    const [first, second] = [
      createScriptedAdapter("first", hangs),
      createScriptedAdapter("second", succeeds),
    ];
    const called = first.nextCall();
    const { result, caller, clock, events } = runChain([first, second]);
    await called;
    const reason = new Error("the worker stops");
    caller.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(first.calls[0]?.signal.aborted).toBe(true);
    expect(second.calls).toHaveLength(0);
    expect(summarize(events)).toEqual(["first#1 started"]);
    expect(clock.sleepers()).toBe(0);
  });

  it("rejects before the first event when it is aborted already, whatever the deadline", async () => {
    const adapter = createScriptedAdapter("one", succeeds);
    const { result, events } = runChain([adapter], {
      signal: AbortSignal.abort(new Error("too late")),
      deadline: AbortSignal.abort(),
    });
    await expect(result).rejects.toThrow("too late");
    expect(events).toEqual([]);
  });

  it.each<[string, ChainEvent["type"], Step[], number]>([
    ["before the call", "attempt_started", [succeeds], 0],
    ["before the re-ask", "attempt_failed", [writes("no"), succeeds], 1],
    ["after the last provider", "attempt_failed", [fails], 1],
  ])("rejects %s when it is aborted while an event is taken", async (_, type, steps, calls) => {
    const caller = new AbortController();
    const adapter = createScriptedAdapter("one", ...steps);
    const events: ChainEvent[] = [];
    const observe = (event: ChainEvent) => {
      events.push(event);
      if (event.type === type) caller.abort(new Error("stop"));
      return Promise.resolve();
    };
    await expect(runChain([adapter], { observe, signal: caller.signal }).result).rejects.toThrow("stop");
    expect(adapter.calls).toHaveLength(calls);
    expect(events.at(-1)?.type).toBe(type);
  });
});

describe("the deadline", () => {
  it("aborts the running call as a timeout, skips the rest, and resolves with nothing", async () => {
    const first = createScriptedAdapter("first", hangs);
    const rest = [createScriptedAdapter("second", succeeds), createScriptedAdapter("third", succeeds)];
    const called = first.nextCall();
    const { result, deadline, clock, events } = runChain([first, ...rest]);
    await called;
    deadline.abort();
    expect(await result).toBeUndefined();
    expect(first.calls[0]?.signal.aborted).toBe(true);
    expect(summarize(events)).toEqual([
      "first#1 started",
      "first#1 failed timeout",
      "second skipped deadline",
      "third skipped deadline",
    ]);
    expect(rest.flatMap(({ calls }) => calls)).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });

  it("skips everybody when it has passed already", async () => {
    const { result, events } = runChain([createScriptedAdapter("one", succeeds)], {
      deadline: AbortSignal.abort(),
    });
    expect(await result).toBeUndefined();
    expect(summarize(events)).toEqual(["one skipped deadline"]);
  });

  it("makes no call when it passes while the attempt's start is taken", async () => {
    const deadline = new AbortController();
    const adapter = createScriptedAdapter("one", succeeds);
    const events: ChainEvent[] = [];
    const observe = (event: ChainEvent) => {
      events.push(event);
      deadline.abort();
      return Promise.resolve();
    };
    expect(await runChain([adapter], { observe, deadline: deadline.signal }).result).toBeUndefined();
    expect(summarize(events)).toEqual(["one#1 started", "one#1 failed timeout"]);
    expect(adapter.calls).toHaveLength(0);
  });
});

describe("a chain that runs many reports at once", () => {
  it("keeps them apart, and leaves no listener on a signal that outlives them", async () => {
    const clock = createManualClock();
    const adapter = createScriptedAdapter("one", ...Array.from({ length: 10 }, () => succeeds));
    const chain = createProviderChain({
      providers: [{ adapter }],
      clock,
      ...testGuards,
      pacer: createLocalPacer(clock),
    });
    const [signal, deadline] = [new AbortController().signal, new AbortController().signal];
    const observe = () => Promise.resolve();
    const run = () => chain.run(createRequest(), { observe, signal, deadline });
    const results = await Promise.all(Array.from({ length: 10 }, run));
    expect(results.every((result) => result?.attempt.number === 1)).toBe(true);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(getEventListeners(deadline, "abort")).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });
});
