import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { describeWithRedis } from "../support/redis-server.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { ANSWERS_NOT, untilRedis } from "./outage-logs.ts";

/** Processes take seconds to start on a busy machine. */
const TIMEOUT_MS = 30_000;
const MAX_REQUESTS = 6;

await describeWithRedis(
  "rate limits",
  (server) => {
    let fleet: Fleet;

    beforeEach(() => {
      fleet = openFleet(server.url, {
        RATE_LIMIT_ENABLED: "true",
        RATE_LIMIT_MAX_REQUESTS: String(MAX_REQUESTS),
        RATE_LIMIT_WINDOW_MS: "600000",
      });
    });
    afterEach(() => fleet.close());

    /** The statuses of calls on jobs that don't exist: 404 or 503 when they were let in, 429 when they were not. */
    async function callInTurn(replicas: readonly Replica[], count: number): Promise<readonly number[]> {
      const statuses = [];
      for (let call = 0; call < count; call += 1) {
        const url = replicas[call % replicas.length]?.url ?? "";
        statuses.push((await fetch(`${url}/v1/reports/unknown`)).status);
      }
      return statuses;
    }

    it(
      "are one budget for all processes, and each counts for itself while Redis is away",
      async () => {
        const replicas = [await fleet.start("api"), await fleet.start("api")];
        const shared = await callInTurn(replicas, MAX_REQUESTS + 2);
        expect(shared).toEqual([...Array<number>(MAX_REQUESTS).fill(404), 429, 429]);
        await server.kill();
        // Until a process knows, it goes by what Redis has told it last: that the budget is used up.
        await untilRedis(replicas[0] as Replica, ANSWERS_NOT);
        const local = await callInTurn(replicas.slice(0, 1), MAX_REQUESTS + 2);
        expect(local).toEqual([...Array<number>(MAX_REQUESTS).fill(503), 429, 429]);
        await server.restart();
      },
      TIMEOUT_MS,
    );
  },
  { own: true },
);
