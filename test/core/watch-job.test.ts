import { beforeEach, describe, expect, it } from "@jest/globals";
import type { JobEvent } from "../../src/core/job.ts";
import type { Engine } from "../../src/core/ports.ts";
import { watchJob } from "../../src/core/watch-job.ts";
import type { WatchEvent } from "../../src/core/watch-job.ts";
import { createTestEngine } from "../support/core.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { queuedEvent, sampleReport } from "../support/samples.ts";

const HEARTBEAT_MS = 15_000;
const middle: readonly JobEvent[] = [
  { type: "started", run: 1 },
  { type: "attempt_started", provider: "gemini", number: 1 },
];
const completed: JobEvent = { type: "completed", report: sampleReport() };

let clock: ManualClock;
let engine: Engine;

beforeEach(async () => {
  clock = createManualClock();
  engine = createTestEngine(clock);
  await engine.log.append("a", queuedEvent);
});

function watch(
  changes: {
    afterSeq?: number;
    tenant?: string;
    jobId?: string;
    signal?: AbortSignal;
    stop?: AbortSignal;
  } = {},
) {
  const never = new AbortController().signal;
  const request = {
    tenant: "public",
    jobId: "a",
    afterSeq: 0,
    signal: never,
    stop: never,
    ...changes,
  };
  return watchJob({ log: engine.log, clock, heartbeatMs: HEARTBEAT_MS }, request);
}

async function append(events: readonly JobEvent[]): Promise<void> {
  for (const event of events) await engine.log.append("a", event);
}

async function collect(events: AsyncIterable<WatchEvent>): Promise<readonly (number | "heartbeat")[]> {
  const seen: (number | "heartbeat")[] = [];
  for await (const event of events) seen.push(event.type === "heartbeat" ? event.type : event.seq);
  return seen;
}

describe("watchJob", () => {
  it("replays a finished job and ends", async () => {
    await append([...middle, completed]);
    expect(await collect(watch())).toEqual([1, 2, 3, 4]);
  });

  it("shows each event as it comes, and ends after the terminal one", async () => {
    const seen = collect(watch());
    for (const event of [...middle, completed]) {
      await settle();
      await append([event]);
    }
    expect(await seen).toEqual([1, 2, 3, 4]);
  });

  it("resumes after the last number seen and misses nothing", async () => {
    await append(middle);
    const seen = collect(watch({ afterSeq: 2 }));
    await append([completed]);
    expect(await seen).toEqual([3, 4]);
  });

  it("ends at once for a watcher that has seen the end", async () => {
    await append([completed]);
    expect(await collect(watch({ afterSeq: 2 }))).toEqual([]);
  });

  it("sends a heartbeat for each time of silence, also when the clock is set, and none while there are events", async () => {
    const seen = collect(watch());
    await settle();
    clock.setBack(3_600_000);
    await clock.advance(HEARTBEAT_MS - 1);
    await append([{ type: "started", run: 1 }]);
    await settle();
    await clock.advance(HEARTBEAT_MS - 1);
    clock.setBack(3_600_000);
    await clock.advance(1 + HEARTBEAT_MS);
    await append([completed]);
    expect(await seen).toEqual([1, 2, "heartbeat", "heartbeat", 3]);
  });

  it("knows no job of another tenant, and says no more than of one that never was", async () => {
    const other = collect(watch({ tenant: "other" }));
    await expect(other).rejects.toMatchObject({ kind: "not_found" });
    const missing = collect(watch({ jobId: "never" }));
    await expect(missing).rejects.toMatchObject({ kind: "not_found" });
    await expect(other.catch(String)).resolves.toBe(await missing.catch(String));
  });

  it("stops with the signal's reason, in silence as in the middle of a replay", async () => {
    const controller = new AbortController();
    const waiting = collect(watch({ signal: controller.signal }));
    await settle();
    controller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    expect(clock.sleepers()).toBe(0);

    await append([...middle, completed]);
    const replaying = new AbortController();
    const iterator = watch({ signal: replaying.signal });
    await iterator.next();
    replaying.abort(new Error("gone"));
    await expect(iterator.next()).rejects.toThrow("gone");
  });

  it("shows what is in the log before it stops, and ends well when that is the job's end", async () => {
    const stop = new AbortController();
    const ended = collect(watch({ stop: stop.signal }));
    await settle();
    await append([completed]);
    stop.abort(new Error("elsewhere"));
    expect(await ended).toEqual([1, 2]);
  });

  it("stops a watch of a job that goes on, after its last event so far", async () => {
    const stop = new AbortController();
    const seen: unknown[] = [];
    const stopped = (async () => {
      for await (const event of watch({ stop: stop.signal })) seen.push(event.type);
    })();
    await settle();
    await append(middle);
    stop.abort(new Error("elsewhere"));
    await expect(stopped).rejects.toThrow("elsewhere");
    expect(seen).toEqual(["queued", "started", "attempt_started"]);
    expect(clock.sleepers()).toBe(0);
  });

  it("ends with its job when it was told of a number beyond the end", async () => {
    const seen = collect(watch({ afterSeq: 99 }));
    await settle();
    await append([...middle, completed]);
    expect(await seen).toEqual([]);
  });

  it("tells a watcher that paused for too long that the job is gone", async () => {
    const iterator = watch();
    await iterator.next();
    await append([completed]);
    await clock.advance(3_600_001);
    await expect(iterator.next()).rejects.toMatchObject({ kind: "not_found" });
  });

  it("holds nothing when its consumer leaves", async () => {
    const iterator = watch();
    await iterator.next();
    await iterator.return();
    expect(clock.sleepers()).toBe(0);
  });

  it("shows a slow watcher every event, one by one", async () => {
    const iterator = watch();
    await iterator.next();
    await append([...middle, completed]);
    const seen: unknown[] = [];
    for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
      seen.push(step.value.type);
      await settle();
    }
    expect(seen).toEqual(["started", "attempt_started", "completed"]);
  });

  it("gives a thousand watchers of one job every event once and in order", async () => {
    const all = Array.from({ length: 1_000 }, () => collect(watch()));
    await settle();
    await append([...middle, completed]);
    for (const seen of await Promise.all(all)) expect(seen).toEqual([1, 2, 3, 4]);
  });
});
