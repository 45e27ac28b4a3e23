import { beforeEach, describe, expect, it } from "@jest/globals";
import { RequestError } from "../../src/core/errors.ts";
import type { JobEvent } from "../../src/core/job.ts";
import type { JobLog } from "../../src/core/ports.ts";
import { watchJob } from "../../src/core/watch-job.ts";
import { createTestEngine } from "../support/core.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { queuedEvent, sampleReport } from "../support/samples.ts";

const HEARTBEAT_MS = 1_000;
const BACK_WITHIN_MS = 500;
const started: JobEvent = { type: "started", run: 1 };
const attempted: JobEvent = { type: "attempt_started", provider: "gemini", number: 1 };
const completed: JobEvent = { type: "completed", report: sampleReport() };

let clock: ManualClock;
let stored: JobLog;
/** What ails the engine; undefined while it is there. */
let trouble: Error | undefined;
let reads: number;
let subscriptions: number;

beforeEach(async () => {
  clock = createManualClock();
  stored = createTestEngine(clock).log;
  trouble = undefined;
  reads = subscriptions = 0;
  await append(queuedEvent, started);
});

async function append(...events: JobEvent[]): Promise<void> {
  for (const event of events) await stored.append("a", event);
}

/** A log that can be away. Its doorbell rings as long as it is there: nothing of an outage is rung for later. */
const log: JobLog = {
  append: (...append) => stored.append(...append),
  listOpen: (...list) => stored.listOpen(...list),
  markTold: (...mark) => stored.markTold(...mark),
  subscribeToCancels: (...subscription) => stored.subscribeToCancels(...subscription),
  close: () => stored.close(),
  read: (jobId, afterSeq) => {
    reads += 1;
    return trouble ? Promise.reject(trouble) : stored.read(jobId, afterSeq);
  },
  subscribe: async (jobId, ring) => {
    if (trouble) throw trouble;
    const unsubscribe = await stored.subscribe(jobId, () => trouble ?? ring());
    subscriptions += 1;
    return () => {
      subscriptions -= 1;
      unsubscribe();
    };
  },
};

const never = new AbortController().signal;

/** Starts a watch, and notes what it shows as it comes. */
function watch({ signal = never, stop = never } = {}) {
  const request = { tenant: "public", jobId: "a", afterSeq: 0, signal, stop };
  const seen: (number | "heartbeat")[] = [];
  const ended = (async () => {
    for await (const event of watchJob({ log, clock, heartbeatMs: HEARTBEAT_MS }, request))
      seen.push(event.type === "heartbeat" ? event.type : event.seq);
  })();
  // Each test looks at the end itself.
  ended.catch(() => undefined);
  return { seen, ended };
}

const away = (): RequestError => new RequestError("unavailable", "the store can not be reached");

describe("a watch while the engine is away", () => {
  it("goes on with heartbeats", async () => {
    const { seen } = watch();
    await settle();
    trouble = away();
    await clock.advance(10 * HEARTBEAT_MS);
    expect(seen).toEqual([1, 2, ...Array<string>(10).fill("heartbeat")]);
  });

  it("shows what happened meanwhile within half a second of the return, and nothing twice", async () => {
    const { seen, ended } = watch();
    await settle();
    trouble = away();
    await clock.advance(3 * HEARTBEAT_MS + 1);
    await append(attempted);
    trouble = undefined;
    await clock.advance(BACK_WITHIN_MS);
    expect(seen.filter((event) => event !== "heartbeat")).toEqual([1, 2, 3]);
    await append(completed);
    await ended;
    expect(seen.filter((event) => event !== "heartbeat")).toEqual([1, 2, 3, 4]);
  });

  it("shows the end of a job that ended meanwhile, and ends", async () => {
    const { seen, ended } = watch();
    await settle();
    trouble = away();
    await append(attempted, completed);
    await clock.advance(HEARTBEAT_MS);
    trouble = undefined;
    await clock.advance(BACK_WITHIN_MS);
    await ended;
    expect(seen).toEqual([1, 2, "heartbeat", 3, 4]);
  });

  it("goes on through one outage after another", async () => {
    const { seen, ended } = watch();
    await settle();
    for (const event of [attempted, completed]) {
      trouble = away();
      await clock.advance(10 * HEARTBEAT_MS);
      await append(event);
      trouble = undefined;
      await clock.advance(BACK_WITHIN_MS);
    }
    await ended;
    expect(seen.filter((event) => event !== "heartbeat")).toEqual([1, 2, 3, 4]);
  });

  it("asks the engine twice a second and no more", async () => {
    watch();
    await settle();
    trouble = away();
    const before = reads;
    await clock.advance(60_000);
    expect(reads - before).toBeLessThanOrEqual(121);
    expect(clock.sleepers()).toBe(1);
  });

  it("ends at once, and holds nothing, when its client leaves or the server stops", async () => {
    const leave = new AbortController();
    const stop = new AbortController();
    const left = watch({ signal: leave.signal });
    const stopped = watch({ stop: stop.signal });
    await settle();
    trouble = away();
    await clock.advance(10 * HEARTBEAT_MS);
    leave.abort(new Error("gone"));
    stop.abort(new Error("elsewhere"));
    await expect(left.ended).rejects.toThrow("gone");
    await expect(stopped.ended).rejects.toThrow("elsewhere");
    expect(clock.sleepers()).toBe(0);
    expect(subscriptions).toBe(0);
  });

  it("ends with any other failure, which would not go away by itself", async () => {
    const { ended } = watch();
    await settle();
    trouble = new RequestError("internal", "a bug");
    await clock.advance(HEARTBEAT_MS);
    await expect(ended).rejects.toBe(trouble);
    expect(subscriptions).toBe(0);
  });

  it("is told, when the engine is back, that its job has expired meanwhile", async () => {
    const { ended } = watch();
    await settle();
    trouble = away();
    await append(completed);
    await clock.advance(3_600_001);
    trouble = undefined;
    await clock.advance(BACK_WITHIN_MS);
    await expect(ended).rejects.toMatchObject({ kind: "not_found" });
  });
});

describe("a watch that begins while the engine is away", () => {
  it("is refused, so that its client goes elsewhere", async () => {
    trouble = away();
    const { seen, ended } = watch();
    await expect(ended).rejects.toBe(trouble);
    expect(seen).toEqual([]);
    expect(clock.sleepers()).toBe(0);
  });

  it("is refused when the engine goes between the doorbell and the log, and leaves the doorbell", async () => {
    const { ended } = watch();
    trouble = away();
    await expect(ended).rejects.toBe(trouble);
    expect(subscriptions).toBe(0);
  });
});
