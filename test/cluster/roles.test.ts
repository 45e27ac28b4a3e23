import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { JobStatus } from "../../gen/stepper/v1/report_service_pb.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { askAll, jobsOf } from "./crowd.ts";
import { expectBoundedKeys } from "./expect-bounded-keys.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { watchAt } from "./follow-job.ts";

/** Processes take seconds to start on a busy machine. */
const TIMEOUT_MS = 30_000;

const isJobEnd = ({ msg }: Readonly<Record<string, unknown>>): boolean => msg === "job ended";

function countJobEnds(replica: Replica): number {
  const lines = replica.output().trim().split("\n");
  return lines.filter((line) => isJobEnd(JSON.parse(line) as Record<string, unknown>)).length;
}

function roleOf(replica: Replica): Promise<unknown> {
  return replica.line(({ msg }) => msg === "listening").then(({ role }) => role);
}

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => {
      throw new Error("it was answered");
    },
    (error: unknown) => ConnectError.from(error),
  );
}

await describeWithRedis("roles", ({ url }) => {
  let fleet: Fleet;

  beforeEach(() => {
    fleet = openFleet(url, {});
  });
  afterEach(() => fleet.close());

  describe("a process whose role is api", () => {
    it(
      "runs no job: each waits for a worker",
      async () => {
        const api = await fleet.start("api");
        expect(await roleOf(api)).toBe("api");
        const jobIds = jobsOf(await askAll([api], 20, (index) => `commit-${index}`));
        // While this one starts, an api that took jobs would have ended them all.
        const worker = await fleet.start("worker");
        for (const jobId of jobIds)
          expect((await watchAt(api.client, jobId)).events.at(-1)).toEqual([3, "completed"]);
        for (const code of await fleet.stop()) expect(code).toBe(0);
        expect([countJobEnds(api), countJobEnds(worker)]).toEqual([0, 20]);
        await expectBoundedKeys(fleet.redis, fleet.prefix);
      },
      TIMEOUT_MS,
    );

    it(
      "refuses a new job when as many wait as may, also those that came to another replica",
      async () => {
        const environment = { QUEUE_MAX_WAITING: "4" };
        const [one, other] = await Promise.all([
          fleet.start("api", environment),
          fleet.start("api", environment),
        ]);
        const jobIds = jobsOf(await askAll([one, other], 4, (index) => `commit-${index}`));
        expect(jobIds).toHaveLength(4);
        for (const { client } of [one, other]) {
          const failure = await failureOf(client.enqueue(sampleInput({ commitSha: "one too many" })));
          expect(failure.code).toBe(Code.ResourceExhausted);
          expect(failure.findDetails(RetryInfoSchema)).toMatchObject([{ retryDelay: { seconds: 5n } }]);
          // Who asks for what waits already makes the queue no longer.
          const { jobId } = await client.enqueue(sampleInput({ commitSha: "commit-0" }));
          expect(jobIds).toContain(jobId);
        }
        await fleet.start("worker");
        for (const jobId of jobIds) await watchAt(one.client, jobId);
        const { status } = await other.client.enqueue(sampleInput({ commitSha: "one too many" }));
        expect(status).toBe(JobStatus.QUEUED);
      },
      TIMEOUT_MS,
    );
  });

  describe("a process whose role is worker", () => {
    it(
      "can be looked after, and serves no reports",
      async () => {
        const worker = await fleet.start("worker");
        expect(await roleOf(worker)).toBe("worker");
        await worker.line(({ msg }) => msg === "Redis answers");
        for (const path of ["/livez", "/readyz", "/health"])
          expect((await fetch(worker.url + path)).status).toBe(200);
        const health = createClient(Health, createGrpcTransport({ baseUrl: worker.url }));
        expect(await health.check({})).toMatchObject({ status: Status.SERVING });
        expect((await failureOf(health.check({ service: "stepper.v1.ReportService" }))).code).toBe(
          Code.NotFound,
        );

        const { client } = worker;
        for (const call of [client.enqueue(sampleInput()), client.get({ jobId: "a" }), watchAt(client, "a")])
          expect((await failureOf(call)).code).toBe(Code.Unimplemented);
        const post = { method: "POST", body: JSON.stringify(sampleInput()) };
        const headers = { "content-type": "application/json" };
        expect((await fetch(`${worker.url}/v1/reports`, { ...post, headers })).status).toBe(404);
        expect((await fetch(`${worker.url}/v1/reports/a`)).status).toBe(404);
      },
      TIMEOUT_MS,
    );
  });

  describe("a process whose role is all", () => {
    it(
      "answers and works",
      async () => {
        const all = await fleet.start("all");
        expect(await roleOf(all)).toBe("all");
        const { jobId } = await all.client.enqueue(sampleInput());
        expect((await watchAt(all.client, jobId)).events.at(-1)).toEqual([3, "completed"]);
        expect(await all.line(isJobEnd)).toMatchObject({ jobId });
      },
      TIMEOUT_MS,
    );
  });
});
