import { describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { ChainEvent } from "../../src/core/ports.ts";
import { SAMPLE_REPORT, SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";
import { runChain, summarize, testGuards } from "./run-chain.ts";
import { settle } from "../support/manual-clock.ts";
import { createScriptedAdapter, hangs, succeeds, throws, writes } from "./scripted-adapter.ts";
import type { Step } from "./scripted-adapter.ts";

const SHORT_TITLE = JSON.stringify({ ...SAMPLE_REPORT, title: "Fix" });

describe("the re-ask", () => {
  it("asks once more on an invalid report, with the reply and what was wrong, and takes the second", async () => {
    const tokenUsage = { inputTokens: 1, outputTokens: 2 };
    const adapter = createScriptedAdapter("one", writes(SHORT_TITLE, { tokenUsage }), succeeds);
    const { result, events } = runChain([adapter]);
    expect((await result)?.attempt).toMatchObject({ number: 2, outcome: "succeeded" });
    expect(summarize(events)).toEqual(["one#1 started", "one#1 failed invalid_output", "one#2 started"]);
    const problem = "title must have at least 10 characters";
    expect(events[1]).toEqual({
      type: "attempt_failed",
      attempt: {
        provider: "one",
        number: 1,
        outcome: "failed",
        errorKind: "invalid_output",
        message: `one wrote no valid report: ${problem}`,
        durationMs: 0,
        tokenUsage,
      },
    });
    const [first, second] = adapter.calls.map(({ input }) => input.prompt);
    expect(second?.startsWith(first ?? "-")).toBe(true);
    expect(second).toContain(`could not be used: ${problem}.`);
    expect(second).toContain(SHORT_TITLE);
  });

  it("numbers calls on from those of the job's earlier runs", async () => {
    const adapter = createScriptedAdapter("one", writes("no"), succeeds);
    const { result, events } = runChain([adapter], { attemptsBefore: new Map([["one", 3]]) });
    expect((await result)?.attempt.number).toBe(5);
    expect(summarize(events)).toEqual(["one#4 started", "one#4 failed invalid_output", "one#5 started"]);
  });

  it("also follows an adapter's own invalid output, and names it", async () => {
    const cutOff = throws(new ProviderError("invalid_output", "one stopped before its reply was complete"));
    const adapter = createScriptedAdapter("one", cutOff, succeeds);
    expect(await runChain([adapter]).result).toBeDefined();
    expect(adapter.calls[1]?.input.prompt).toContain("one stopped before its reply was complete");
  });

  it("is made once only: then the next provider has its turn", async () => {
    const adapters = [
      createScriptedAdapter("one", writes("no"), writes("still no"), succeeds),
      createScriptedAdapter("two", succeeds),
    ];
    const { result, events } = runChain(adapters);
    expect((await result)?.attempt).toMatchObject({ provider: "two", number: 1 });
    expect(summarize(events).slice(0, 4)).toEqual([
      "one#1 started",
      "one#1 failed invalid_output",
      "one#2 started",
      "one#2 failed invalid_output",
    ]);
    expect(adapters[0]?.calls).toHaveLength(2);
  });

  it.each(["rate_limited", "timeout", "unavailable", "auth", "rejected"] as const)(
    "does not follow an error of kind %s",
    async (kind) => {
      const adapter = createScriptedAdapter("one", throws(new ProviderError(kind, "no")), succeeds);
      const { result, events } = runChain([adapter]);
      expect(await result).toBeUndefined();
      expect(summarize(events)).toEqual(["one#1 started", `one#1 failed ${kind}`]);
    },
  );

  it("is not begun after the deadline", async () => {
    const deadline = new AbortController();
    const adapter = createScriptedAdapter("one", writes("no"), succeeds);
    const events: ChainEvent[] = [];
    const observe = (event: ChainEvent) => {
      events.push(event);
      if (event.type === "attempt_failed") deadline.abort();
      return Promise.resolve();
    };
    expect(await runChain([adapter], { observe, deadline: deadline.signal }).result).toBeUndefined();
    expect(summarize(events)).toEqual(["one#1 started", "one#1 failed invalid_output"]);
  });
});

describe("an attempt", () => {
  it("tells how long it took, and how long the provider wants to be left alone", async () => {
    const limited = throws(new ProviderError("rate_limited", "one answered 429", { retryAfterMs: 70_000 }));
    const started = createScriptedAdapter("one", async (...given) => {
      await clock.advance(250);
      return Promise.resolve(limited(...given));
    });
    const { result, events, clock } = runChain([started]);
    await result;
    expect(events[1]).toMatchObject({
      attempt: { message: "one answered 429", durationMs: 250, retryAfterMs: 70_000 },
    });
  });

  it("took as long as it took, when the clock is set back meanwhile", async () => {
    const slow = createScriptedAdapter("one", async (...given) => {
      await clock.advance(250.4);
      clock.setBack(5_000);
      return succeeds(...given);
    });
    const { result, clock } = runChain([slow]);
    expect((await result)?.attempt.durationMs).toBe(250);
  });

  it("ends at its time limit, even when the adapter ignores its signal", async () => {
    const adapter = createScriptedAdapter("slow", hangs);
    const called = adapter.nextCall();
    const { result, clock, events } = runChain([adapter, createScriptedAdapter("next", succeeds)], {
      timeoutMs: 1_000,
    });
    await called;
    await clock.advance(999);
    expect(adapter.calls[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect((await result)?.attempt.provider).toBe("next");
    expect(adapter.calls[0]?.signal.aborted).toBe(true);
    expect(events[1]).toMatchObject({
      attempt: { errorKind: "timeout", message: "slow did not answer within 1000 ms", durationMs: 1_000 },
    });
    expect(clock.sleepers()).toBe(0);
  });

  it("has thirty seconds when nothing else is said", async () => {
    const adapter = createScriptedAdapter("slow", hangs);
    const called = adapter.nextCall();
    const { result, clock } = runChain([adapter]);
    await called;
    await clock.advance(29_999);
    expect(adapter.calls[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(await result).toBeUndefined();
  });

  it("is a timeout when the adapter itself gives up on its signal", async () => {
    const obeys: Step = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("AbortError")));
      });
    const adapter = createScriptedAdapter("one", obeys);
    const called = adapter.nextCall();
    const { result, clock, events } = runChain([adapter], { timeoutMs: 10 });
    await called;
    await clock.advance(10);
    await result;
    expect(summarize(events)).toEqual(["one#1 started", "one#1 failed timeout"]);
  });
});

describe("the tokens of a call that failed", () => {
  it("are told with it", async () => {
    const tokenUsage = { inputTokens: 10, outputTokens: 16_000 };
    const cutOff = throws(new ProviderError("invalid_output", "cut off", { tokenUsage }));
    const { result, events } = runChain([createScriptedAdapter("one", cutOff, cutOff)]);
    expect(await result).toBeUndefined();
    expect(events[1]).toMatchObject({ attempt: { tokenUsage } });
  });
});

describe("a circuit", () => {
  it.each([
    ["timeout", "open"],
    ["unavailable", "open"],
    ["rate_limited", "closed"],
    ["auth", "closed"],
    ["rejected", "closed"],
    ["invalid_output", "closed"],
  ] as const)("is, after calls that ended in %s, %s", async (kind, circuit) => {
    const fails = throws(new ProviderError(kind, "no"));
    const breaker = { ...testGuards.breaker, errorPercent: 50, minCalls: 2 };
    const adapter = createScriptedAdapter("one", fails, fails);
    const { chain, result, clock } = runChain([adapter], { maxAttempts: 2, guards: { breaker } });
    await settle();
    await clock.advance(10_000);
    await result;
    expect(await chain.health()).toMatchObject([{ circuit }]);
    await chain.close();
  });

  it("takes no word of calls that were given up", async () => {
    const breaker = { ...testGuards.breaker, errorPercent: 1, minCalls: 1 };
    const { chain, result, caller } = runChain([createScriptedAdapter("one", hangs)], {
      guards: { breaker },
    });
    await settle();
    caller.abort(new Error("gone"));
    await expect(result).rejects.toThrow("gone");
    expect(await chain.health()).toMatchObject([{ circuit: "closed" }]);
    await chain.close();
  });
});

describe("a custom adapter", () => {
  it.each<[string, Step]>([
    ["throws instead of rejecting", throws(new Error("secret-key-123 at http://10.0.0.1"))],
    ["rejects with no error", (...given) => Promise.resolve().then(() => throws("secret-key-123")(...given))],
    ["throws nothing at all", throws(undefined)],
    [
      "gives what throws when it is read",
      () => new Proxy({}, { get: throws(new Error("trap")) as () => never }),
    ],
  ])("that %s is unavailable, and its words stay out of the attempt", async (_, step) => {
    const { result, events } = runChain([createScriptedAdapter("custom", step)]);
    expect(await result).toBeUndefined();
    expect(events[1]).toMatchObject({
      attempt: { errorKind: "unavailable", message: "custom failed unexpectedly" },
    });
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a bare string", SAMPLE_REPORT_TEXT],
    ["an output without content", { model: "m" }],
    ["a number as content", { content: 42 }],
    ["another object as content", { content: { hello: "world" } }],
  ])("that gives %s is asked again, then passed over", async (_, output) => {
    const adapter = createScriptedAdapter(
      "custom",
      () => output,
      () => output,
    );
    const { result, events } = runChain([adapter]);
    expect(await result).toBeUndefined();
    expect(summarize(events).filter((line) => line.endsWith("failed invalid_output"))).toHaveLength(2);
  });

  it("may give the report itself, without a promise, a model or tokens", async () => {
    const { result } = runChain([createScriptedAdapter("custom", () => ({ content: SAMPLE_REPORT }))]);
    const success = await result;
    expect(success).toMatchObject({ content: SAMPLE_REPORT, model: "unknown" });
    expect(success?.attempt).not.toHaveProperty("tokenUsage");
  });

  it.each([
    ["a model that is no text", { model: 5 as unknown as string }],
    ["an endless model", { model: "m".repeat(1_000) }],
    ["tokens below zero", { tokenUsage: { inputTokens: -1, outputTokens: 2 } }],
    ["tokens that are no numbers", { tokenUsage: { inputTokens: Number.NaN, outputTokens: 2 } }],
  ])("that gives %s is taken at its report only", async (_, rest) => {
    const { result } = runChain([createScriptedAdapter("custom", writes(SAMPLE_REPORT_TEXT, rest))]);
    const success = await result;
    expect(success).toMatchObject({ content: SAMPLE_REPORT, model: "unknown" });
    expect(success?.attempt).not.toHaveProperty("tokenUsage");
  });
});
