import { describe, expect, it } from "@jest/globals";
import { toCacheState } from "../../src/core/cache-state.ts";
import type { CacheEntry } from "../../src/core/ports.ts";
import { sampleFallback, sampleReport, storedReport } from "../support/samples.ts";

const STORED_AT_MS = 1_000_000;
const STALE_AFTER_MS = 60_000;

const model = storedReport("earlier", sampleReport(), STORED_AT_MS);
const fallback = storedReport("earlier", sampleFallback(), STORED_AT_MS);
const claimed = { jobId: "running" };

function stateAfter(ageMs: number, entry: CacheEntry, staleWhileRevalidate: boolean) {
  return toCacheState(entry, STORED_AT_MS + ageMs, { staleAfterMs: STALE_AFTER_MS, staleWhileRevalidate });
}

const pending = { name: "pending", jobId: "running" };
const miss = { name: "miss" };
const fresh = { name: "fresh", stored: model };
const stale = { name: "stale", stored: model };
const staleFallback = { name: "stale", stored: fallback };

describe("toCacheState", () => {
  it.each([
    // entry, age, state with stale-while-revalidate, state without
    ["nothing", {}, 0, miss, miss],
    ["a claim", claimed, 0, pending, pending],
    ["a new report", { stored: model }, 0, fresh, fresh],
    ["a report just before it is stale", { stored: model }, STALE_AFTER_MS - 1, fresh, fresh],
    ["a report as it gets stale", { stored: model }, STALE_AFTER_MS, stale, miss],
    ["a report made by a clock ahead of ours", { stored: model }, -5_000, fresh, fresh],
    ["a new report under a claim", { stored: model, ...claimed }, 0, fresh, fresh],
    [
      "a stale report under a claim",
      { stored: model, ...claimed },
      STALE_AFTER_MS,
      { ...stale, ...claimed },
      pending,
    ],
    ["a new fallback", { stored: fallback }, 0, staleFallback, miss],
    [
      "a new fallback under a claim",
      { stored: fallback, ...claimed },
      0,
      { ...staleFallback, ...claimed },
      pending,
    ],
  ])("reads %s", (_, entry, ageMs, revalidating, otherwise) => {
    expect(stateAfter(ageMs, entry, true)).toEqual(revalidating);
    expect(stateAfter(ageMs, entry, false)).toEqual(otherwise);
  });

  it("takes nothing for fresh when reports are stale at once", () => {
    const freshness = { staleAfterMs: 0, staleWhileRevalidate: true };
    expect(toCacheState({ stored: model }, STORED_AT_MS, freshness)).toEqual(stale);
  });
});
