import { setTimeout as pass } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { describeWithRedis } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { watchAt } from "./follow-job.ts";
import { startHeldSpace } from "./held-space.ts";
import type { HeldSpace } from "./held-space.ts";
import { ANSWERS, countEnds, readLog, readStrayOutput, untilRedis } from "./outage-logs.ts";

/** Three processes start in each test. */
const TIMEOUT_MS = 30_000;

/** Far less than the 15 seconds after which a job's lock ends by itself. */
const AT_ONCE_MS = 5_000;

await describeWithRedis("a worker's shutdown", describeShutdown);

function describeShutdown(server: RedisServer): void {
  let space: HeldSpace;
  let fleet: Fleet;

  beforeEach(async () => {
    space = await startHeldSpace();
    // To be cut off is no run that has failed: it does not count against these.
    fleet = openFleet(server.url, { ...space.environment, JOB_ATTEMPTS: "1" });
  });
  afterEach(async () => {
    await fleet.close();
    space.close();
  });

  /** A job that runs on `old`, with a watcher at the API, and a new worker beside it that has nothing to do. */
  async function startHandover(shutdownTimeoutMs: number) {
    const environment = { SHUTDOWN_TIMEOUT_MS: String(shutdownTimeoutMs) };
    const [api, old] = await Promise.all([fleet.start("api"), fleet.start("worker", environment)]);
    // They listen before they know of Redis, and on a busy machine that takes a moment.
    await Promise.all([api, old].map((replica) => replica.line(({ msg }) => msg === "Redis answers")));
    const { jobId } = await api.client.enqueue(sampleInput());
    const watched = watchAt(api.client, jobId);
    await space.called(1);
    const fresh = await fleet.start("worker");
    await untilRedis(fresh, ANSWERS);
    return { old, fresh, jobId, watched };
  }

  async function expectGoodEnd(replica: Replica): Promise<void> {
    expect(await replica.stop()).toBe(0);
    expect(readLog(replica).filter(({ level }) => level > 40)).toEqual([]);
    expect(readStrayOutput(replica)).toEqual([]);
  }

  describe("SIGTERM of a worker that runs a job", () => {
    it(
      "gives a job back that does not finish in time, and another worker completes it at once",
      async () => {
        const { old, fresh, jobId, watched } = await startHandover(500);
        const startedMs = performance.now();
        const ended = expectGoodEnd(old);
        await space.called(2);
        expect(performance.now() - startedMs).toBeLessThan(AT_ONCE_MS);
        space.release();
        const { events } = await watched;
        expect(events.map(([, type]) => type)).toEqual([
          ...["queued", "started", "attemptStarted"],
          ...["started", "attemptStarted", "completed"],
        ]);
        // A watcher may see the end before the worker has written of it.
        await fresh.line(({ msg }) => msg === "job ended");
        expect(countEnds([fresh])).toEqual(new Map([[jobId, 1]]));
        await ended;
        expect(countEnds([old])).toEqual(new Map());
      },
      TIMEOUT_MS,
    );

    it(
      "finishes the job itself when there is time",
      async () => {
        const { old, fresh, jobId, watched } = await startHandover(20_000);
        const ended = expectGoodEnd(old);
        await old.line(({ msg }) => msg === "shutting down");
        // Time in which it could cut the job off: there is nothing to wait for.
        await pass(500);
        space.release();
        const { events } = await watched;
        expect(events.map(([, type]) => type)).toEqual(["queued", "started", "attemptStarted", "completed"]);
        await ended;
        expect(countEnds([old])).toEqual(new Map([[jobId, 1]]));
        expect(countEnds([fresh])).toEqual(new Map());
      },
      TIMEOUT_MS,
    );
  });
}
