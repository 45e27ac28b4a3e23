import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { JobStatus } from "../../gen/stepper/v1/report_service_pb.ts";
import { startModelServer } from "../support/model-server.ts";
import type { ModelServer } from "../support/model-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import {
  expectRefusals,
  MAX_ANSWER_MS,
  NOT_SERVING,
  readProbes,
  SERVING,
  toRetryAfterMs,
} from "./outage-answers.ts";
import {
  ANSWERS,
  ANSWERS_NOT,
  countEnds,
  findRepeatedWarnings,
  isRunning,
  readRedisNews,
  readStrayOutput,
} from "./outage-logs.ts";
import { openOutageFleet, playOutage } from "./play-outage.ts";
import type { Outage } from "./play-outage.ts";

/** The outage itself takes 22 seconds, and starting four processes a few more. */
const TIMEOUT_MS = 90_000;

await describeWithRedis("an outage of Redis", describeOutage, { own: true });

function describeOutage(server: RedisServer): void {
  describe("Redis that is held still for ten seconds under load, killed, and started again", () => {
    let model: ModelServer;
    let open: Awaited<ReturnType<typeof openOutageFleet>> | undefined;
    let outage: Outage;

    beforeAll(async () => {
      model = await startModelServer();
      open = await openOutageFleet(server.url, model);
      outage = await playOutage(open, server, model);
    }, TIMEOUT_MS);
    afterAll(async () => {
      await open?.fleet.close();
      await model.close();
    });

    const replicas = () => [...outage.apis, ...outage.workers];

    it("loses no job that was accepted: each is completed, once, with the model's report", async () => {
      const { load, workers, restartedMs } = outage;
      const isLater = load.jobs.map(({ acceptedMs }) => acceptedMs > restartedMs);
      expect(isLater.filter((later) => !later).length).toBeGreaterThanOrEqual(80);
      expect(isLater.filter((later) => later).length).toBeGreaterThanOrEqual(80);

      const { client } = outage.apis[0];
      const answers = await Promise.all(load.jobs.map(({ jobId }) => client.get({ jobId })));
      const ends = answers.map(({ job }) => [job?.status, job?.report?.fallback]);
      expect(ends).toEqual(load.jobs.map(() => [JobStatus.COMPLETED, false]));
      expect(new Map(load.jobs.map(({ jobId }) => [jobId, 1]))).toEqual(countEnds(workers));
    });

    it("shows every watcher each event once, in order, on the stream that it has opened", () => {
      expect(outage.watched.length).toBeGreaterThanOrEqual(50);
      for (const { seen } of outage.load.jobs) {
        const sequenced = seen.filter(({ type }) => type !== "heartbeat");
        expect(sequenced.map(({ seq }) => seq)).toEqual(sequenced.map((_, index) => index + 1));
        expect(sequenced.map(({ type }) => type === "completed").lastIndexOf(false)).toBe(
          sequenced.length - 2,
        );
      }
    });

    it("sends its watchers heartbeats all the while", () => {
      const { watched, heldMs, restartedMs } = outage;
      for (const { seen } of watched) {
        const times = seen.map(({ atMs }) => atMs).filter((atMs) => atMs > heldMs && atMs < restartedMs);
        const gaps = [heldMs, ...times].map((atMs, index) => (times[index] ?? restartedMs) - atMs);
        // A heartbeat a second, and the one call that found out.
        expect(Math.max(...gaps)).toBeLessThan(1_000 + MAX_ANSWER_MS);
      }
    });

    it("answers every call within two seconds: with UNAVAILABLE, and when to come back", () => {
      expect(outage.answers).toHaveLength(30);
      expectRefusals(outage.answers);
    });

    it("refuses every new commit of the load for as long as Redis is away, each within two seconds", () => {
      const { load, heldMs, restartedMs, backMs } = outage;
      for (const { startedMs, endedMs } of load.calls)
        expect(endedMs - startedMs).toBeLessThan(MAX_ANSWER_MS);
      const during = load.calls.filter(({ startedMs }) => startedMs > heldMs && startedMs < restartedMs);
      expect(during.length).toBeGreaterThanOrEqual(100);
      for (const { answer } of during) expect(toRetryAfterMs(answer)).toBeGreaterThan(0);
      const after = load.calls.filter(({ startedMs }) => startedMs > backMs);
      expect(after.filter(({ answer }) => typeof answer !== "string")).toEqual([]);
    });

    it("is live and not ready meanwhile, tells health streams of both changes, and is ready again", async () => {
      expect(outage.probes).toEqual(replicas().map(() => NOT_SERVING));
      const statuses = [Status.SERVING, Status.NOT_SERVING, Status.SERVING];
      expect(outage.health).toEqual(replicas().map(() => statuses));
      expect(await Promise.all(replicas().map(({ url }) => readProbes(url)))).toEqual(
        replicas().map(() => SERVING),
      );
    });

    it("lets each worker take jobs again at once, and not only after BullMQ's delays of 5 and 15 seconds", () => {
      for (const resumedMs of outage.resumedMs) expect(resumedMs - outage.backMs).toBeLessThan(4_000);
    });

    it("says of Redis what has changed, once, and repeats no other warning", () => {
      for (const replica of replicas()) {
        expect(readRedisNews(replica)).toEqual([ANSWERS, ANSWERS_NOT, ANSWERS]);
        expect(findRepeatedWarnings(replica)).toEqual([]);
      }
    });

    it("outlives it in every process, without a rejection that nobody handles or a warning of Node's", () => {
      expect(replicas().map(isRunning)).toEqual(replicas().map(() => true));
      expect(replicas().flatMap(readStrayOutput)).toEqual([]);
    });
  });
}
