import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Code } from "@connectrpc/connect";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { watchAt } from "./follow-job.ts";
import { startHeldSpace } from "./held-space.ts";
import type { HeldSpace } from "./held-space.ts";
import { ANSWERS, ANSWERS_NOT, countEnds, readLog, readStrayOutput, untilRedis } from "./outage-logs.ts";

const SHUTDOWN_TIMEOUT_MS = 500;
const SHORT_SHUTDOWN = { SHUTDOWN_TIMEOUT_MS: String(SHUTDOWN_TIMEOUT_MS) };
/** Last words to jobs, to Redis and to clients, whose timeouts add up to less than five seconds. */
const LAST_WORDS_MS = 7_000;
const TIMEOUT_MS = 60_000;

await describeWithRedis("a shutdown without Redis", describeShutdown, { own: true });

function describeShutdown(server: RedisServer): void {
  let space: HeldSpace;
  let fleet: Fleet;

  beforeEach(async () => {
    space = await startHeldSpace();
    fleet = openFleet(server.url, space.environment);
  });
  afterEach(async () => {
    await server.kill();
    await server.restart();
    await fleet.close();
    space.close();
  });

  /** A process that runs a job, which is watched. */
  async function startBusy() {
    const replica = await fleet.start("all", SHORT_SHUTDOWN);
    await untilRedis(replica, ANSWERS);
    const { jobId } = await replica.client.enqueue(sampleInput());
    const events = createGate<string | undefined>();
    const watched = watchUntilCutOff(replica, jobId, events);
    await events.passed(3);
    return { replica, jobId, watched };
  }

  /** A worker that waits for its first job. */
  async function startIdle(): Promise<Replica> {
    const replica = await fleet.start("worker", SHORT_SHUTDOWN);
    await untilRedis(replica, ANSWERS);
    return replica;
  }

  /** A process that has never had an answer of Redis. */
  async function startWithoutRedis(): Promise<Replica> {
    const replica = await fleet.start("all", SHORT_SHUTDOWN);
    await untilRedis(replica, ANSWERS_NOT);
    return replica;
  }

  /** Stops a process, and expects that it ends well, in time, and without a word that is not for its log. */
  async function expectStop(replica: Replica): Promise<void> {
    const startedMs = performance.now();
    expect(await replica.stop()).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(SHUTDOWN_TIMEOUT_MS + LAST_WORDS_MS);
    expect(readLog(replica).at(-1)?.msg).toBe("stopped");
    expect(readStrayOutput(replica)).toEqual([]);
  }

  describe("SIGTERM while Redis is away", () => {
    it(
      "ends processes that are busy, idle, or never had an answer; the job is done by another when Redis is back",
      async () => {
        const { replica, jobId, watched } = await startBusy();
        const idle = await startIdle();
        await server.kill();
        await untilRedis(replica, ANSWERS_NOT);
        const late = await startWithoutRedis();
        await Promise.all([replica, idle, late].map(expectStop));
        expect(await watched).toMatchObject({ code: Code.Unavailable });

        const other = await fleet.start("all");
        await server.restart();
        await untilRedis(other, ANSWERS);
        space.release();
        // Nobody could give the job back: it waits for its lock to end, 15 seconds after the last renewal.
        const { events } = await watchAt(other.client, jobId);
        expect(events.map(([, type]) => type)).toEqual([
          ...["queued", "started", "attemptStarted"],
          ...["started", "attemptStarted", "completed"],
        ]);
        // A watcher is told first.
        await other.line(({ msg }) => msg === "job ended");
        expect(countEnds([replica, other])).toEqual(new Map([[jobId, 1]]));
      },
      TIMEOUT_MS,
    );
  });

  it(
    "a worker without a job ends soon while Redis is away, however long running jobs may take",
    async () => {
      const idle = await fleet.start("worker", { SHUTDOWN_TIMEOUT_MS: "120000" });
      await untilRedis(idle, ANSWERS);
      await server.kill();
      await untilRedis(idle, ANSWERS_NOT);
      // Far less than its timeout, which is longer than this test's.
      expect(await idle.stop()).toBe(0);
    },
    TIMEOUT_MS,
  );

  describe("SIGTERM while Redis is held still", () => {
    it(
      "ends processes that are busy, idle, or never had an answer",
      async () => {
        const { replica, watched } = await startBusy();
        const idle = await startIdle();
        server.pause();
        await untilRedis(replica, ANSWERS_NOT);
        const late = await startWithoutRedis();
        await Promise.all([replica, idle, late].map(expectStop));
        expect(await watched).toMatchObject({ code: Code.Unavailable });
      },
      TIMEOUT_MS,
    );

    it(
      "ends a busy process that has not noticed it yet",
      async () => {
        const { replica, watched } = await startBusy();
        server.pause();
        await expectStop(replica);
        expect(await watched).toMatchObject({ code: Code.Unavailable });
      },
      TIMEOUT_MS,
    );
  });
}

/** Why a watch ended that was open when its process was stopped. */
async function watchUntilCutOff(
  { client }: Replica,
  jobId: string,
  events: Gate<string | undefined>,
): Promise<unknown> {
  try {
    for await (const { event } of client.watchJob({ jobId })) events.pass(event.case);
    return undefined;
  } catch (error) {
    return error;
  }
}
