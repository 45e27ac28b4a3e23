import { beforeEach, describe, expect, it } from "@jest/globals";
import type { CacheEntry, ReportCache } from "../../../src/core/ports.ts";
import { createMemoryReportCache } from "../../../src/engines/memory/report-cache.ts";
import { createHotReports } from "../../../src/engines/redis/hot-reports.ts";
import type { HotReports } from "../../../src/engines/redis/hot-reports.ts";
import { createDeferred } from "../../support/deferred.ts";
import { createManualClock } from "../../support/manual-clock.ts";
import type { ManualClock } from "../../support/manual-clock.ts";
import { sampleFallback, sampleReport, storedReport } from "../../support/samples.ts";

const TTL_MS = 600_000;
const LIFETIME_MS = 1_000;

let clock: ManualClock;
/** What all processes share: it gives a copy to each reader, as Redis does. */
let shared: ReportCache;
let asked: string[];
let hot: HotReports;
let cache: ReportCache;

beforeEach(() => {
  clock = createManualClock();
  asked = [];
  const memory = createMemoryReportCache({ clock, maxBytes: 1_000_000 });
  shared = {
    ...memory,
    read: async (fingerprint) => {
      asked.push(fingerprint);
      return structuredClone(await memory.read(fingerprint));
    },
  };
  hot = createHotReports({ clock });
  cache = hot.inFrontOf(shared);
});

const newer = storedReport("refresh", sampleReport({ title: "A newer title" }));

async function writeElsewhere(stored = storedReport("first")): Promise<void> {
  await shared.write("a", stored, TTL_MS);
}

describe("a hot report", () => {
  it("is asked for once, and is the same object for everybody", async () => {
    await writeElsewhere();
    const { stored } = await cache.read("a");
    for (let read = 0; read < 1_000; read += 1) expect((await cache.read("a")).stored).toBe(stored);
    expect(stored).toEqual(storedReport("first"));
    expect(asked).toEqual(["a"]);
  });

  it("shows a refresh by another process after a second", async () => {
    await writeElsewhere();
    await cache.read("a");
    await writeElsewhere(newer);
    await clock.advance(LIFETIME_MS);
    expect((await cache.read("a")).stored?.jobId).toBe("first");
    await clock.advance(1);
    expect((await cache.read("a")).stored).toEqual(newer);
  });

  it("is as old as the question, not as the answer", async () => {
    const answer = createDeferred<CacheEntry>();
    const slow = hot.inFrontOf({ ...shared, read: () => answer.promise });
    const read = slow.read("a");
    await clock.advance(LIFETIME_MS);
    answer.resolve({ stored: storedReport("first") });
    await read;
    await writeElsewhere(newer);
    await clock.advance(1);
    expect((await cache.read("a")).stored).toEqual(newer);
  });

  it("is answered for its second when Redis has gone, and no longer", async () => {
    await writeElsewhere();
    let isAway = false;
    const failing = hot.inFrontOf({
      ...shared,
      read: (key) => (isAway ? Promise.reject(new Error("away")) : shared.read(key)),
    });
    await failing.read("a");
    isAway = true;
    await clock.advance(LIFETIME_MS);
    expect((await failing.read("a")).stored).toEqual(storedReport("first"));
    await clock.advance(1);
    await expect(failing.read("a")).rejects.toThrow("away");
  });

  it("keeps to its second when the clock is set back", async () => {
    await writeElsewhere();
    await cache.read("a");
    clock.setBack(3_600_000);
    await cache.read("a");
    await clock.advance(LIFETIME_MS + 1);
    await cache.read("a");
    expect(asked).toHaveLength(2);
  });

  it.each(["inFrontOf", "toldBy"] as const)("shows what this process writes at once (%s)", async (side) => {
    await writeElsewhere();
    await cache.read("a");
    await hot[side](shared).write("a", newer, TTL_MS);
    expect((await cache.read("a")).stored).toEqual(newer);
  });

  it("is not shown without the claim that this process has taken, and again once that is released", async () => {
    await writeElsewhere();
    await cache.read("a");
    await cache.claim("a", "refresh", TTL_MS);
    expect((await cache.read("a")).jobId).toBe("refresh");
    await cache.release("a", "refresh");
    expect((await cache.read("a")).jobId).toBeUndefined();
  });

  it("goes also when a change of this process has failed, as it may have happened", async () => {
    await writeElsewhere();
    await cache.read("a");
    const broken = hot.toldBy({ ...shared, write: () => Promise.reject(new Error("no answer")) });
    await expect(broken.write("a", newer, TTL_MS)).rejects.toThrow("no answer");
    await cache.read("a");
    expect(asked).toHaveLength(2);
  });

  it("is passed by in what is told only: a run looks for its own report", async () => {
    await writeElsewhere();
    await cache.read("a");
    await writeElsewhere(newer);
    expect((await hot.toldBy(shared).read("a")).stored).toEqual(newer);
  });

  it("lets others go when there are too many", async () => {
    cache = createHotReports({ clock, maxBytes: 5_000 }).inFrontOf(shared);
    for (const key of ["a", "b", "c"]) {
      await shared.write(key, storedReport(key, sampleReport({ rationale: "y".repeat(500) })), TTL_MS);
      await cache.read(key);
    }
    asked = [];
    for (const key of ["c", "a"]) await cache.read(key);
    expect(asked).toEqual(["a"]);
  });
});

describe("what is not kept", () => {
  it.each([
    ["nothing", {}],
    ["a claim", { jobId: "first" }],
    ["a report under refresh", { stored: storedReport("first"), jobId: "refresh" }],
    ["a fallback", { stored: storedReport("first", sampleFallback()) }],
  ])("is %s: it may end at any moment", async (_, entry: CacheEntry) => {
    if (entry.stored) await writeElsewhere(entry.stored);
    if (entry.jobId) await shared.claim("a", entry.jobId, TTL_MS);
    expect(await cache.read("a")).toEqual(entry);
    await writeElsewhere(newer);
    expect((await cache.read("a")).stored).toEqual(newer);
  });

  it("is an answer to a question older than a change of this process", async () => {
    const answer = createDeferred<CacheEntry>();
    const read = hot.inFrontOf({ ...shared, read: () => answer.promise }).read("a");
    await cache.write("a", newer, TTL_MS);
    const meanwhile = await cache.read("a");
    answer.resolve({ stored: storedReport("first") });
    await read;
    expect(meanwhile.stored).toEqual(newer);
    expect((await cache.read("a")).stored).toEqual(newer);
  });

  it("is a failure, which goes to those who asked meanwhile and to nobody else", async () => {
    let isAway = true;
    const flaky = hot.inFrontOf({
      ...shared,
      read: (key) => (isAway ? Promise.reject(new Error("away")) : shared.read(key)),
    });
    const failed = await Promise.allSettled([flaky.read("a"), flaky.read("a")]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    isAway = false;
    expect(await flaky.read("a")).toEqual({});
  });
});

describe("reads at once", () => {
  it("are one question, whatever there is", async () => {
    const reads = await Promise.all(Array.from({ length: 100 }, () => cache.read("a")));
    expect(reads).toEqual(Array.from({ length: 100 }, () => ({})));
    expect(asked).toEqual(["a"]);
    await cache.read("a");
    expect(asked).toHaveLength(2);
  });
});
