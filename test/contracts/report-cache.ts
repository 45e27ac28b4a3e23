import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ReportCache } from "../../src/core/ports.ts";
import { sampleFallback, sampleReport, storedReport } from "../support/samples.ts";

const TTL_MS = 60_000;

/** A cache under test, and a way to let time pass for it. */
export interface CacheUnderTest {
  readonly cache: ReportCache;
  readonly passTime: (ms: number) => Promise<void>;
}

/** What every report cache must do. */
export function describeReportCacheContract(name: string, create: () => Promise<CacheUnderTest>): void {
  describe(`${name} as a report cache`, () => {
    let cache: ReportCache;
    let passTime: CacheUnderTest["passTime"];

    beforeEach(async () => {
      ({ cache, passTime } = await create());
    });
    afterEach(() => cache.close());

    it("knows nothing of a fingerprint it was not told of", async () => {
      expect(await cache.read("a")).toEqual({});
    });

    it("gives a claim to the first that asks, and names that one to the others", async () => {
      expect(await cache.claim("a", "first", TTL_MS)).toEqual({ jobId: "first" });
      expect(await cache.claim("a", "second", TTL_MS)).toEqual({ jobId: "first" });
      expect(await cache.read("a")).toEqual({ jobId: "first" });
    });

    it("gives exactly one of many claims at once", async () => {
      const ids = Array.from({ length: 100 }, (_, index) => `job-${index}`);
      const entries = await Promise.all(ids.map((id) => cache.claim("a", id, TTL_MS)));
      expect(new Set(entries.map((entry) => entry.jobId)).size).toBe(1);
    });

    it("claims apart for each fingerprint", async () => {
      await cache.claim("a", "first", TTL_MS);
      expect(await cache.claim("b", "second", TTL_MS)).toEqual({ jobId: "second" });
    });

    it("stores a report and ends its job's claim in one step", async () => {
      await cache.claim("a", "first", TTL_MS);
      await cache.write("a", storedReport("first"), TTL_MS);
      expect(await cache.read("a")).toEqual({ stored: storedReport("first") });
    });

    it("gives the same object to whoever reads a report again", async () => {
      await cache.write("a", storedReport("first"), TTL_MS);
      const { stored } = await cache.read("a");
      expect(stored).toBeDefined();
      expect((await cache.read("a")).stored).toBe(stored);
    });

    it("shows the report beside the claim of its refresh", async () => {
      await cache.write("a", storedReport("first"), TTL_MS);
      const entry = { stored: storedReport("first"), jobId: "refresh" };
      expect(await cache.claim("a", "refresh", TTL_MS)).toEqual(entry);
      expect(await cache.read("a")).toEqual(entry);
    });

    it("leaves another job's claim alone when it stores a report", async () => {
      await cache.claim("a", "later", TTL_MS);
      await cache.write("a", storedReport("first"), TTL_MS);
      expect(await cache.read("a")).toEqual({ stored: storedReport("first"), jobId: "later" });
    });

    it("never replaces a model's report by a fallback, but ends the claim", async () => {
      await cache.write("a", storedReport("first"), TTL_MS);
      await cache.claim("a", "refresh", TTL_MS);
      await cache.write("a", storedReport("refresh", sampleFallback()), TTL_MS);
      expect(await cache.read("a")).toEqual({ stored: storedReport("first") });
    });

    it("leaves a claim for a while when its job rests on it, be its report kept or not", async () => {
      const REST_MS = 10_000;
      await cache.claim("a", "first", TTL_MS);
      await cache.write("a", storedReport("first", sampleFallback()), TTL_MS, REST_MS);
      await cache.write("b", storedReport("model"), TTL_MS);
      await cache.claim("b", "first", TTL_MS);
      await cache.write("b", storedReport("first", sampleFallback()), TTL_MS, REST_MS);
      for (const fingerprint of ["a", "b"]) {
        expect((await cache.claim(fingerprint, "second", TTL_MS)).jobId).toBe("first");
      }
      await passTime(REST_MS - 1_000);
      expect((await cache.read("a")).jobId).toBe("first");
      await passTime(1_001);
      expect(await cache.read("a")).toEqual({ stored: storedReport("first", sampleFallback()) });
      expect(await cache.read("b")).toEqual({ stored: storedReport("model") });
    });

    it("lets a job rest only on its own claim, and no longer than it is released", async () => {
      await cache.claim("a", "later", TTL_MS);
      await cache.write("a", storedReport("first", sampleFallback()), TTL_MS, TTL_MS);
      expect((await cache.read("a")).jobId).toBe("later");
      await cache.write("b", storedReport("first", sampleFallback()), TTL_MS, TTL_MS);
      expect((await cache.read("b")).jobId).toBeUndefined();
      await cache.claim("b", "second", TTL_MS);
      await cache.write("b", storedReport("second", sampleFallback()), TTL_MS, TTL_MS);
      await cache.release("b", "second");
      expect((await cache.read("b")).jobId).toBeUndefined();
    });

    it("replaces a fallback by a fallback, and either by a model's report", async () => {
      await cache.write("a", storedReport("first", sampleFallback()), TTL_MS);
      await cache.write("a", storedReport("second", sampleFallback()), TTL_MS);
      expect((await cache.read("a")).stored?.jobId).toBe("second");
      await cache.write("a", storedReport("third"), TTL_MS);
      await cache.write("a", storedReport("fourth", sampleReport({ title: "A newer title" })), TTL_MS);
      expect((await cache.read("a")).stored?.report.title).toBe("A newer title");
    });

    it("takes a fallback again once the model's report has expired", async () => {
      await cache.write("a", storedReport("first"), TTL_MS);
      await passTime(TTL_MS + 1);
      await cache.write("a", storedReport("second", sampleFallback()), TTL_MS);
      expect((await cache.read("a")).stored?.jobId).toBe("second");
    });

    it("releases a claim only for the job that holds it", async () => {
      await cache.claim("a", "first", TTL_MS);
      await cache.release("a", "second");
      expect(await cache.read("a")).toEqual({ jobId: "first" });
      await cache.release("a", "first");
      expect(await cache.read("a")).toEqual({});
    });

    it("forgets a report after its time to live, and not before", async () => {
      await cache.write("a", storedReport("first"), TTL_MS);
      await passTime(TTL_MS - 1_000);
      expect(await cache.read("a")).toEqual({ stored: storedReport("first") });
      await passTime(1_001);
      expect(await cache.read("a")).toEqual({});
    });

    it("forgets a claim after its time to live, so that a lost job blocks nobody for ever", async () => {
      await cache.claim("a", "first", TTL_MS);
      await passTime(TTL_MS + 1);
      expect(await cache.claim("a", "second", TTL_MS)).toEqual({ jobId: "second" });
    });
  });
}
