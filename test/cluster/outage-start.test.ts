import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { startModelServer } from "../support/model-server.ts";
import type { ModelServer } from "../support/model-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { watchAt } from "./follow-job.ts";
import {
  callEverything,
  expectRefusals,
  NOT_SERVING,
  readProbes,
  SERVING,
  watchHealth,
} from "./outage-answers.ts";
import { ANSWERS, ANSWERS_NOT, findRepeatedWarnings, readRedisNews, readStrayOutput } from "./outage-logs.ts";

/** Starting a process takes seconds on a busy machine. */
const TIMEOUT_MS = 30_000;

await describeWithRedis("a start without Redis", describeStart, { own: true });

function describeStart(server: RedisServer): void {
  const hold = (): Promise<void> => {
    server.pause();
    return Promise.resolve();
  };
  const release = (): Promise<void> => {
    server.resume();
    return Promise.resolve();
  };
  const absences = {
    away: { begin: server.kill, end: server.restart },
    "held still": { begin: hold, end: release },
  };

  describe.each(Object.entries(absences))("a process that starts while Redis is %s", (_, absence) => {
    let model: ModelServer;
    let fleet: Fleet;

    beforeEach(async () => {
      model = await startModelServer();
      fleet = openFleet(server.url, model.environment);
      await absence.begin();
    });
    afterEach(async () => {
      await server.kill();
      await server.restart();
      await fleet.close();
      await model.close();
    });

    it(
      "listens, refuses at once what needs Redis, and serves by itself when Redis is there",
      async () => {
        const replica = await fleet.start("all");
        // Nobody knows yet whether Redis is there.
        expectRefusals(await callEverything(replica.url, "unknown", "first"));
        await replica.line(({ msg }) => msg === ANSWERS_NOT);
        expectRefusals(await callEverything(replica.url, "unknown", "second"));
        expect(await readProbes(replica.url)).toEqual(NOT_SERVING);

        const health = watchHealth(replica.url);
        await health.passed(1);
        await absence.end();
        expect(await health.passed(2)).toEqual([Status.NOT_SERVING, Status.SERVING]);
        expect(await readProbes(replica.url)).toEqual(SERVING);
        const { jobId } = await replica.client.enqueue(sampleInput());
        const { events } = await watchAt(replica.client, jobId);
        expect(events.at(-1)?.[1]).toBe("completed");

        expect(readRedisNews(replica)).toEqual([ANSWERS_NOT, ANSWERS]);
        expect(findRepeatedWarnings(replica)).toEqual([]);
        expect(readStrayOutput(replica)).toEqual([]);
        expect(await replica.stop()).toBe(0);
      },
      TIMEOUT_MS,
    );
  });
}
