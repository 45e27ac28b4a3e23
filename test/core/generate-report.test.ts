import { beforeEach, describe, expect, it } from "@jest/globals";
import { createFallbackReport } from "../../src/core/fallback-report.ts";
import { generateReport } from "../../src/core/generate-report.ts";
import type { ChainOptions, ChainSuccess, ProviderChain } from "../../src/core/ports.ts";
import { reportContentSchema } from "../../src/core/report.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { sampleContent, sampleRequest } from "../support/samples.ts";
import { redaction } from "../../src/redaction/redaction.ts";

const TIMEOUT_MS = 120_000;
const request = sampleRequest();
const attempt = { provider: "cohere", number: 2, outcome: "succeeded", durationMs: 5 } as const;
const success: ChainSuccess = { content: sampleContent(), model: "command-r", attempt };

let clock: ManualClock;
let caller: AbortController;

beforeEach(() => {
  clock = createManualClock();
  caller = new AbortController();
});

function generate(run: (options: ChainOptions) => Promise<ChainSuccess | undefined>) {
  const chain: ProviderChain = {
    promptVersion: "7",
    run: (_, options) => run(options),
    health: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
  const observe = () => Promise.resolve();
  return generateReport({ ...redaction, chain, clock, timeoutMs: TIMEOUT_MS }, request, {
    observe,
    signal: caller.signal,
  });
}

describe("generateReport", () => {
  it("gives the provider's words with where and when they came from", async () => {
    const generated = generate(async () => {
      await clock.advance(1_500);
      return success;
    });
    expect(await generated).toEqual({
      report: {
        ...sampleContent(),
        provider: "cohere",
        model: "command-r",
        fallback: false,
        generatedAt: "2026-01-01T00:00:01.500Z",
        promptVersion: "7",
      },
      attempt,
    });
  });

  it("passes on the tokens that the provider counted", async () => {
    const tokenUsage = { inputTokens: 10, outputTokens: 2 };
    const { report } = await generate(() =>
      Promise.resolve({ ...success, attempt: { ...attempt, tokenUsage } }),
    );
    expect(report.tokenUsage).toEqual(tokenUsage);
  });

  it("says that a report is a fallback when no provider has one, and names no call for it", async () => {
    const generated = await generate(() => Promise.resolve(undefined));
    expect(generated).toEqual({
      report: {
        ...createFallbackReport(request),
        provider: "template",
        model: "",
        fallback: true,
        generatedAt: "2026-01-01T00:00:00.000Z",
        promptVersion: "7",
      },
    });
    expect(reportContentSchema.safeParse(generated.report).success).toBe(true);
  });

  it("tells the chain when time is up, and not before", async () => {
    let deadline: AbortSignal | undefined;
    const generated = generate((options) => {
      ({ deadline } = options);
      return new Promise((resolve) => options.deadline.addEventListener("abort", () => resolve(undefined)));
    });
    await clock.advance(TIMEOUT_MS - 1);
    expect(deadline?.aborted).toBe(false);
    await clock.advance(1);
    expect((await generated).report.fallback).toBe(true);
    expect(caller.signal.aborted).toBe(false);
  });

  it("keeps a report that comes as time is up", async () => {
    const generated = generate(async ({ deadline }) => {
      await clock.advance(TIMEOUT_MS);
      expect(deadline.aborted).toBe(true);
      return success;
    });
    expect((await generated).report.fallback).toBe(false);
  });

  it("makes no fallback for a caller that is gone: it rejects with the signal's reason", async () => {
    const generated = generate(async ({ signal }) => {
      await settle();
      signal.throwIfAborted();
      return undefined;
    });
    caller.abort(new Error("gone"));
    await expect(generated).rejects.toThrow("gone");
  });

  it.each([
    ["succeeds", () => Promise.resolve(success)],
    ["has nothing", () => Promise.resolve(undefined)],
    ["breaks", () => Promise.reject(new Error("broken"))],
  ])("leaves no timer behind when the chain %s", async (_, run) => {
    await generate(run).catch(() => undefined);
    await settle();
    expect(clock.sleepers()).toBe(0);
  });
});
