import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { JobEvent } from "../../src/core/job.ts";
import type { JobLog } from "../../src/core/ports.ts";
import { createDeferred } from "../support/deferred.ts";
import { queuedEvent, sampleReport } from "../support/samples.ts";

/** A log under test, and a way to let time pass for it. */
export interface LogUnderTest {
  readonly log: JobLog;
  readonly retentionMs: number;
  readonly passTime: (ms: number) => Promise<void>;
}

const started: JobEvent = { type: "started", run: 1 };
const attempted: JobEvent = { type: "attempt_started", provider: "gemini", number: 1 };
const completed: JobEvent = { type: "completed", report: sampleReport() };
const failed: JobEvent = {
  type: "failed",
  error: { kind: "internal", message: "the report could not be made" },
};

/** What every job log must do. */
export function describeJobLogContract(name: string, create: () => Promise<LogUnderTest>): void {
  describe(`${name} as a job log`, () => {
    let log: JobLog;
    let underTest: LogUnderTest;

    beforeEach(async () => {
      underTest = await create();
      ({ log } = underTest);
    });
    afterEach(() => log.close());

    it("numbers events from 1 without gaps and gives them back as they were", async () => {
      expect(await log.append("a", queuedEvent)).toBe(1);
      expect(await log.append("a", started)).toBe(2);
      expect(await log.append("a", completed)).toBe(3);
      const events = await log.read("a", 0);
      expect(events.map(({ seq, time: _, ...event }) => [seq, event])).toEqual([
        [1, queuedEvent],
        [2, started],
        [3, completed],
      ]);
    });

    it("stamps each event with its time in ISO 8601", async () => {
      await log.append("a", queuedEvent);
      const [event] = await log.read("a", 0);
      expect(new Date(event?.time ?? "").toISOString()).toBe(event?.time);
    });

    it("reads what came after a number", async () => {
      for (const event of [queuedEvent, started, attempted]) await log.append("a", event);
      expect((await log.read("a", 1)).map(({ seq }) => seq)).toEqual([2, 3]);
      expect(await log.read("a", 3)).toEqual([]);
      expect(await log.read("a", 99)).toEqual([]);
    });

    it("knows nothing of a job it was not told of", async () => {
      expect(await log.read("a", 0)).toEqual([]);
    });

    it("keeps jobs apart", async () => {
      await log.append("a", queuedEvent);
      await log.append("b", queuedEvent);
      expect(await log.append("b", started)).toBe(2);
      expect(await log.read("a", 0)).toHaveLength(1);
    });

    it("begins a log with queued only, and takes that once", async () => {
      expect(await log.append("a", started)).toBeUndefined();
      expect(await log.append("a", queuedEvent)).toBe(1);
      expect(await log.append("a", queuedEvent)).toBeUndefined();
      expect(await log.read("a", 0)).toHaveLength(1);
    });

    it.each([completed, failed, { type: "cancelled" } as const])(
      "appends nothing after the terminal event %#",
      async (terminal) => {
        await log.append("a", queuedEvent);
        expect(await log.append("a", terminal)).toBe(2);
        for (const late of [queuedEvent, started, completed, failed]) {
          expect(await log.append("a", late)).toBeUndefined();
        }
        expect(await log.read("a", 0)).toHaveLength(2);
      },
    );

    it("lets exactly one of many terminal events through", async () => {
      await log.append("a", queuedEvent);
      const ends = Array.from({ length: 50 }, (_, index) =>
        log.append("a", index % 2 === 0 ? completed : failed),
      );
      const numbers = (await Promise.all(ends)).filter((seq) => seq !== undefined);
      expect(numbers).toEqual([2]);
    });

    it("rings the doorbell of each subscriber of the job", async () => {
      await log.append("a", queuedEvent);
      const rings = [0, 0];
      await Promise.all(
        rings.map((_, index) => log.subscribe("a", () => (rings[index] = (rings[index] ?? 0) + 1))),
      );
      const bell = await hangBell(log, "a");
      await log.append("a", started);
      await bell.rung;
      expect(rings.every((count) => count > 0)).toBe(true);
    });

    it("shows an event to whoever reads after the ring", async () => {
      await log.append("a", queuedEvent);
      const bell = await hangBell(log, "a");
      await log.append("a", started);
      await bell.rung;
      expect((await log.read("a", 1)).map(({ type }) => type)).toEqual(["started"]);
    });

    it("does not ring for other jobs, nor after the subscription has ended", async () => {
      await log.append("a", queuedEvent);
      await log.append("b", queuedEvent);
      let rings = 0;
      const unsubscribe = await log.subscribe("a", () => (rings += 1));
      const other = await hangBell(log, "b");
      await log.append("b", started);
      await other.rung;
      expect(rings).toBe(0);
      unsubscribe();
      const same = await hangBell(log, "a");
      await log.append("a", started);
      await same.rung;
      expect(rings).toBe(0);
    });

    it("lets exactly one of many tell of a job's end", async () => {
      const marks = await Promise.all(Array.from({ length: 20 }, () => log.markTold("a")));
      expect(marks.filter(Boolean)).toHaveLength(1);
      expect(await log.markTold("a")).toBe(false);
      expect(await log.markTold("b")).toBe(true);
    });

    it("rings for the cancels of all jobs, and not after that has ended", async () => {
      await log.append("a", queuedEvent);
      await log.append("b", queuedEvent);
      const rung = createDeferred();
      const unsubscribe = await log.subscribeToCancels(() => rung.resolve());
      expect(await log.append("a", { type: "cancelled" })).toBe(2);
      await rung.promise;
      unsubscribe();
      let rings = 0;
      await log.subscribeToCancels(() => (rings += 1)).then((end) => end());
      const other = await hangBell(log, "b");
      await log.append("b", { type: "cancelled" });
      await other.rung;
      expect(rings).toBe(0);
    });

    it("lists the jobs that have not ended, the oldest first, once they are old enough", async () => {
      for (const jobId of ["a", "b", "c"]) await log.append(jobId, queuedEvent);
      await log.append("b", completed);
      expect(await log.listOpen(60_000, 10)).toEqual([]);
      await underTest.passTime(60_000);
      await log.append("late", queuedEvent);
      expect(await log.listOpen(60_000, 10)).toEqual(["a", "c"]);
      expect(await log.listOpen(60_000, 1)).toEqual(["a"]);
    });

    it("forgets an ended job after its retention, and not before", async () => {
      await log.append("a", queuedEvent);
      await log.append("a", completed);
      await underTest.passTime(underTest.retentionMs - 1_000);
      expect(await log.read("a", 0)).toHaveLength(2);
      await underTest.passTime(1_001);
      expect(await log.read("a", 0)).toEqual([]);
    });
  });
}

/** Hangs a doorbell, and tells then when it rings for the first time. */
async function hangBell(log: JobLog, jobId: string): Promise<{ readonly rung: Promise<void> }> {
  const rung = createDeferred();
  const unsubscribe = await log.subscribe(jobId, () => rung.resolve());
  return { rung: rung.promise.then(unsubscribe) };
}
