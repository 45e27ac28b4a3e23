import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { JobHandler, JobQueue, JobWorker, RunContext } from "../../src/core/ports.ts";
import { createDeferred } from "../support/deferred.ts";
import { createGate } from "../support/gate.ts";
import { queuedJob } from "../support/samples.ts";

/** A queue under test; it must have been built with these bounds. */
export interface QueueUnderTest {
  readonly queue: JobQueue;
  readonly concurrency: 2;
  readonly maxWaiting: 3;
  readonly maxRuns: 3;
  /** Lets the delay before another run pass. */
  readonly passRetryDelay: () => Promise<void>;
}

/** What every job queue must do. */
export function describeJobQueueContract(name: string, create: () => Promise<QueueUnderTest>): void {
  describe(`${name} as a job queue`, () => {
    let queue: JobQueue;
    let underTest: QueueUnderTest;
    let worker: JobWorker | undefined;

    beforeEach(async () => {
      underTest = await create();
      ({ queue } = underTest);
      worker = undefined;
    });
    afterEach(async () => {
      await worker?.close(0);
      await queue.close();
    });

    /** Starts a worker that notes what it is given. */
    function work(handler: JobHandler = () => Promise.resolve()) {
      const gate = createGate<{ jobId: string; context: RunContext }>();
      worker = queue.process((job, context) => {
        gate.pass({ jobId: job.jobId, context });
        return handler(job, context);
      });
      return gate;
    }

    it("runs a job that was added before the worker started, and one that was added after", async () => {
      await queue.add(queuedJob("before"));
      const runs = work();
      await queue.add(queuedJob("after"));
      const seen = await runs.passed(2);
      expect(seen.map(({ jobId }) => jobId).sort()).toEqual(["after", "before"]);
    });

    it("gives the worker the whole job and tells it that this is run 1", async () => {
      const given = createDeferred<unknown>();
      const runs = work((job) => {
        given.resolve(job);
        return Promise.resolve();
      });
      await queue.add(queuedJob("a"));
      expect(await given.promise).toEqual(queuedJob("a"));
      const [first] = await runs.passed(1);
      expect(first?.context).toMatchObject({ run: 1, lastRun: false });
    });

    it("takes jobs in the order in which they came", async () => {
      for (const id of ["a", "b", "c"]) await queue.add(queuedJob(id));
      const runs = work();
      expect((await runs.passed(3)).map(({ jobId }) => jobId)).toEqual(["a", "b", "c"]);
    });

    it("runs as many jobs at once as it may, and no more", async () => {
      const release = createDeferred();
      let active = 0;
      let most = 0;
      const runs = work(async () => {
        most = Math.max(most, ++active);
        await release.promise;
        active -= 1;
      });
      for (const id of ["a", "b", "c", "d"]) await queue.add(queuedJob(id));
      await runs.passed(2);
      expect(await queue.counts()).toEqual({ waiting: 2, active: 2 });
      release.resolve();
      await runs.passed(4);
      expect(most).toBe(underTest.concurrency);
    });

    it("runs a job once that is added twice, be it waiting or running", async () => {
      const release = createDeferred();
      await queue.add(queuedJob("a"));
      await queue.add(queuedJob("a"));
      const runs = work(() => release.promise);
      await runs.passed(1);
      await queue.add(queuedJob("a"));
      await queue.add(queuedJob("b"));
      release.resolve();
      expect((await runs.passed(2)).map(({ jobId }) => jobId)).toEqual(["a", "b"]);
    });

    it("has room until as many jobs wait as may, and then says so", async () => {
      for (const id of ["a", "b"]) await queue.add(queuedJob(id));
      expect(await queue.hasRoom()).toBe(true);
      await queue.add(queuedJob("c"));
      expect(await queue.hasRoom()).toBe(false);
      const runs = work();
      await runs.passed(3);
      expect(await queue.hasRoom()).toBe(true);
    });

    it("has a job from its add to its end", async () => {
      const release = createDeferred();
      const runs = work(() => release.promise);
      expect(await queue.has("a")).toBe(false);
      await queue.add(queuedJob("a"));
      expect(await queue.has("a")).toBe(true);
      await runs.passed(1);
      expect(await queue.has("a")).toBe(true);
      release.resolve();
      await worker?.close(60_000);
      expect(await queue.has("a")).toBe(false);
    });

    it("takes a waiting job out again, and leaves a running one alone", async () => {
      const release = createDeferred();
      await queue.add(queuedJob("a"));
      await queue.add(queuedJob("b"));
      await queue.remove("a");
      await queue.remove("never");
      expect(await queue.has("a")).toBe(false);
      const runs = work(() => release.promise);
      expect((await runs.passed(1)).map(({ jobId }) => jobId)).toEqual(["b"]);
      await queue.remove("b");
      expect(await queue.has("b")).toBe(true);
      release.resolve();
      await worker?.close(60_000);
      expect(await queue.counts()).toEqual({ waiting: 0, active: 0 });
    });

    it("tells a first run that nobody has died on the job", async () => {
      const runs = work();
      await queue.add(queuedJob("a"));
      expect((await runs.passed(1))[0]?.context.crashes).toBe(0);
    });

    it("runs a job again that was rejected, and tells the last run that it is the last", async () => {
      const runs = work(() => Promise.reject(new Error("broken")));
      await queue.add(queuedJob("a"));
      for (let run = 1; run < underTest.maxRuns; run += 1) {
        await runs.passed(run);
        await underTest.passRetryDelay();
      }
      const seen = await runs.passed(underTest.maxRuns);
      expect(seen.map(({ context }) => context.run)).toEqual([1, 2, 3]);
      expect(seen.at(-1)?.context.lastRun).toBe(true);
    });

    it("lets a running job finish when its worker closes in time", async () => {
      const release = createDeferred();
      let finished = false;
      const runs = work(async () => {
        await release.promise;
        finished = true;
      });
      await queue.add(queuedJob("a"));
      await runs.passed(1);
      const closed = worker?.close(60_000);
      release.resolve();
      await closed;
      expect(finished).toBe(true);
    });

    it("aborts a running job when its worker's grace is over", async () => {
      const runs = work(
        (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      );
      await queue.add(queuedJob("a"));
      const [first] = await runs.passed(1);
      await worker?.close(0);
      expect(first?.context.signal.aborted).toBe(true);
    });
  });
}
