import { describe, expect, it } from "@jest/globals";
import { toStepperSettings } from "../../src/stepper-settings.ts";

const BEYOND_TIMERS = 2_147_483_648;

const refusal = (field: string, description: string) =>
  expect.objectContaining({ kind: "invalid_argument", fields: [{ field, description }] });

describe("a setting", () => {
  it("may be at its bounds, and beyond a timer's when none waits for it", () => {
    const settings = {
      providers: [],
      reportTtlMs: BEYOND_TIMERS * 1_000,
      staleAfterMs: 0,
      staleWhileRevalidate: false,
      fallbackTtlMs: BEYOND_TIMERS,
      concurrency: 10_000,
      maxWaiting: 1,
      maxRuns: 100,
      retryDelayMs: 0,
      maxRetryDelayMs: 0,
      jobTimeoutMs: 1,
      retryMaxAttempts: 100,
      hedgeAfterMs: 1,
      circuit: { errorPercent: 100, minCalls: 1, windowMs: 1, resetMs: 1 },
      retryAfterMaxWaitMs: 0,
      retentionMs: BEYOND_TIMERS,
      heartbeatMs: 1,
      role: "worker",
      redact: false,
      redis: { url: "rediss://a:1,rediss://b:2", keyPrefix: "p", queueName: "q" },
    };
    expect(toStepperSettings(settings)).toEqual(settings);
  });

  it.each([
    ["fallbackTtlMs", 0, "of at least 1"],
    ["concurrency", 10_001, "from 1 to 10000"],
    ["maxRuns", 101, "from 1 to 100"],
  ])("%s can't be %p", (name, value, bounds) => {
    const problem = refusal(name, `must be a whole number ${bounds}`);
    expect(() => toStepperSettings({ [name]: value })).toThrow(problem);
  });

  it.each([null, 7, "fast"])("is not looked for in %p", (options) => {
    expect(() => toStepperSettings(options)).toThrow(refusal("", "must be an object"));
  });
});

describe("a provider in the settings", () => {
  const call = () => Promise.reject(new Error("no"));

  it.each([
    ["is a function, which has a name and a call", call, "", "must be an object"],
    ["has a key that is no text", { name: "gemini", apiKey: 7 }, ".apiKey", "must be text"],
    [
      "has too long a timeout",
      { name: "gemini", timeoutMs: BEYOND_TIMERS },
      ".timeoutMs",
      "must be a whole number from 1 to 2147483647",
    ],
    [
      "has neither a known name nor a call",
      { name: "nope" },
      ".name",
      "must be one of hf-space, gemini, cohere, openai, anthropic, openai-compatible, or come with a function call",
    ],
  ])("is refused when it %s", (_, provider, path, description) => {
    expect(() => toStepperSettings({ providers: [provider] })).toThrow(
      refusal(`providers[0]${path}`, description),
    );
  });

  it("is handed on as it is", () => {
    const own = { name: "own", call };
    const gemini = { name: "gemini", apiKey: "k", url: undefined, timeoutMs: undefined };
    const { providers } = toStepperSettings({ providers: [own, gemini] });
    expect(providers[0]).toBe(own);
    expect(providers[1]).toBe(gemini);
  });
});
