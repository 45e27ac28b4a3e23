import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createGate } from "../support/gate.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { askAll, inTurn, jobsOf, only } from "./crowd.ts";
import { expectBoundedKeys } from "./expect-bounded-keys.ts";
import { connectTo, openFleet } from "./fleet.ts";
import type { Fleet, Replica, ReportServiceClient } from "./fleet.ts";
import { followJob, watchAt } from "./follow-job.ts";
import { startHeldSpace } from "./held-space.ts";
import type { HeldSpace } from "./held-space.ts";

const JOBS = 200;
const WATCHERS_OF_EACH = 5;
const CONNECTIONS_OF_EACH = 2;
/** Jobs that end while a replica goes, and as many while its successor comes. */
const STEP = 20;
/**
 * Half of the watchers are at the first replica when it stops, and all are at the second one then: whose job had not
 * ended had to move.
 */
const FEWEST_MOVES = (JOBS / 2 - STEP + JOBS - 3 * STEP) * WATCHERS_OF_EACH;
const TIMEOUT_MS = 90_000;

const EVERY_EVENT = [
  [1, "queued"],
  [2, "started"],
  [3, "attemptStarted"],
  [4, "completed"],
];

await describeWithRedis("many watchers", ({ url }) => {
  let space: HeldSpace;
  let fleet: Fleet;

  beforeEach(async () => {
    space = await startHeldSpace();
    // No heartbeat in the test's time: what wakes a watcher is a doorbell, or nothing.
    fleet = openFleet(url, { ...space.environment, WATCH_HEARTBEAT_MS: "600000", QUEUE_CONCURRENCY: "50" });
  });
  afterEach(async () => {
    await fleet.close();
    space.close();
  });

  /** Several connections to each replica that takes calls, as a balancer sees them. */
  function createBalancer() {
    const connections = new Map<Replica, readonly ReportServiceClient[]>();
    let turn = 0;
    return {
      add: (replica: Replica) => {
        const more = Array.from({ length: CONNECTIONS_OF_EACH }, () => connectTo(replica.url));
        connections.set(replica, more);
      },
      remove: (replica: Replica) => void connections.delete(replica),
      /** Any connection, but none of the replica behind `failed`. */
      next: (failed?: ReportServiceClient): ReportServiceClient => {
        const others = [...connections.values()].filter((some) => !some.some((one) => one === failed));
        return inTurn(others.flat(), (turn += 1));
      },
    };
  }

  describe("a thousand watchers of two replicas", () => {
    it(
      "see every event once and in order while one replica after the other is restarted",
      async () => {
        const start = () => fleet.start("api");
        const [first, second] = await Promise.all([
          start(),
          start(),
          fleet.start("worker"),
          fleet.start("worker"),
        ]);
        const balancer = createBalancer();
        for (const replica of [first, second]) balancer.add(replica);
        const jobIds = jobsOf(await askAll([first, second], JOBS, (index) => `commit-${index}`));
        expect(jobIds).toHaveLength(JOBS);

        const began = createGate<unknown>();
        const followers = Array.from({ length: JOBS * WATCHERS_OF_EACH }, (_, index) => {
          const onEvent = (kind: string | undefined): void => {
            if (kind === "queued") began.pass(kind);
          };
          return followJob(inTurn(jobIds, Math.floor(index / WATCHERS_OF_EACH)), {
            first: balancer.next(),
            next: balancer.next,
            onEvent,
          });
        });
        await began.passed(followers.length);

        for (const replica of [first, second]) {
          const stopped = replica.stop();
          await space.answer(STEP);
          expect(await stopped).toBe(0);
          balancer.remove(replica);
          const [successor] = await Promise.all([start(), space.answer(STEP)]);
          balancer.add(successor);
        }
        space.release();

        const followed = await Promise.all(followers);
        for (const { events } of followed) expect(events).toEqual(EVERY_EVENT);
        const moves = followed.reduce((sum, { moves }) => sum + moves, 0);
        expect(moves).toBeGreaterThanOrEqual(FEWEST_MOVES);

        for (const code of await fleet.stop()) expect(code).toBe(0);
        await expectBoundedKeys(fleet.redis, fleet.prefix);
      },
      TIMEOUT_MS,
    );
  });

  describe("a watcher", () => {
    it(
      "sees live at one replica what a worker does, and goes on at another",
      async () => {
        const [first, other] = await Promise.all([fleet.start("api"), fleet.start("api")]);
        const jobId = only(jobsOf(await askAll([first], 1, () => "live")));
        const seen = createGate<string | undefined>();
        const followed = followJob(jobId, {
          first: first.client,
          next: () => other.client,
          onEvent: seen.pass,
        });
        await seen.passed(1);
        await fleet.start("worker");
        // The model still has the job in hand, so all of this came while it happened.
        expect(await seen.passed(3)).toEqual(["queued", "started", "attemptStarted"]);
        expect(await first.stop()).toBe(0);
        await space.answer(1);
        expect(await followed).toEqual({ jobId, events: EVERY_EVENT, moves: 1 });
        expect((await watchAt(other.client, jobId)).events).toEqual(EVERY_EVENT);
      },
      TIMEOUT_MS,
    );
  });
});
