import { describe, expect, it } from "@jest/globals";
import { readRetryAfter } from "../../src/providers/retry-after.ts";

const NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0);

const budget = (name: string, remaining: string, reset: string): Record<string, string> => ({
  [`x-ratelimit-remaining-${name}`]: remaining,
  [`x-ratelimit-reset-${name}`]: reset,
});
const used = (name: string, reset: string) => budget(name, "0", reset);
const left = (name: string, reset: string) => budget(name, "7", reset);

describe("readRetryAfter", () => {
  it.each<[string, Record<string, string>, number | undefined]>([
    ["seconds", { "retry-after": "7" }, 7_000],
    ["parts of seconds", { "retry-after": "0.5" }, 500],
    ["an HTTP date", { "retry-after": "Thu, 01 Jan 2026 12:00:30 GMT" }, 30_000],
    ["a date gone by as now", { "retry-after": "Thu, 01 Jan 2026 11:00:00 GMT" }, 0],
    ["milliseconds", { "retry-after-ms": "1500" }, 1_500],
    ["milliseconds rather than seconds", { "retry-after": "2", "retry-after-ms": "1500" }, 1_500],
    ["seconds when the milliseconds make no sense", { "retry-after": "2", "retry-after-ms": "soon" }, 2_000],
    ["at most a day", { "retry-after": "999999999" }, 86_400_000],
    [
      "when a budget comes back that is used up",
      { ...used("requests", "20ms"), ...left("tokens", "6m0s") },
      20,
    ],
    ["the longer of two", { ...used("requests", "1s"), ...used("tokens", "1h2m3.5s") }, 3_723_500],
    ["Retry-After rather than a budget", { "retry-after": "2", ...used("tokens", "6m0s") }, 2_000],
    ["nothing of budgets with something left", left("requests", "1s"), undefined],
    ["nothing of a time that is none", { ...used("requests", "soon"), ...used("tokens", "") }, undefined],
    ["nothing when nothing is said", {}, undefined],
    ["nothing of a negative number", { "retry-after": "-5" }, undefined],
    ["nothing of a word", { "retry-after": "Tomorrow" }, undefined],
    ["nothing of an endless number", { "retry-after": "9".repeat(400) }, undefined],
  ])("reads %s", (_, headers, expected) => {
    expect(readRetryAfter(new Headers(headers), NOW_MS)).toBe(expected);
  });
});
