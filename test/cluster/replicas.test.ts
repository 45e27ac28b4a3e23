import { timestampMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { JobStatus } from "../../gen/stepper/v1/report_service_pb.ts";
import type { EnqueueResponse, Report } from "../../gen/stepper/v1/report_service_pb.ts";
import { createRedisKeys } from "../../src/engines/redis/keys.ts";
import { startModelServer } from "../support/model-server.ts";
import type { ModelServer } from "../support/model-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { askAll, inTurn, jobsOf, only } from "./crowd.ts";
import { expectBoundedKeys } from "./expect-bounded-keys.ts";
import { freeze, openFleet, thaw } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { watchAt } from "./follow-job.ts";

/** Four processes on a busy machine of two cores. */
const START_TIMEOUT_MS = 60_000;
/** A crowd takes seconds on such a machine. */
const CROWD_TIMEOUT_MS = 60_000;

await describeWithRedis("many replicas", ({ url }) => {
  let model: ModelServer;
  let fleet: Fleet;
  let replicas: readonly Replica[];

  async function open(environment: Readonly<Record<string, string>>): Promise<void> {
    model = await startModelServer();
    fleet = openFleet(url, { ...model.environment, ...environment });
  }

  async function close(): Promise<void> {
    await fleet.close();
    await model.close();
  }

  const logKey = (jobId: string): string => createRedisKeys(fleet.prefix).log(jobId);
  const countJobs = async (): Promise<number> => (await fleet.redis.keys(logKey("*"))).length;
  const watch = async (jobId: string) => (await watchAt(inTurn(replicas, 0).client, jobId)).events;
  const askOnce = async (commit: string) => only(await askAll(replicas.slice(0, 1), 1, () => commit));

  async function expectNothingLeft(): Promise<void> {
    for (const code of await fleet.stop()) expect(code).toBe(0);
    await expectBoundedKeys(fleet.redis, fleet.prefix);
  }

  describe("three replicas that answer and work", () => {
    const RETENTION_SECONDS = 1_000;

    beforeAll(async () => {
      await open({ JOB_RETENTION_SECONDS: String(RETENTION_SECONDS) });
      replicas = await Promise.all([fleet.start("all"), fleet.start("all"), fleet.start("all")]);
      // They listen before they know of Redis, and on a busy machine that takes a moment.
      await Promise.all(replicas.map((replica) => replica.line(({ msg }) => msg === "Redis answers")));
    }, START_TIMEOUT_MS);
    afterAll(close);

    it(
      "make one job and one call to the model of a thousand equal requests at once",
      async () => {
        const answers = await askAll(replicas, 1_000, () => "equal");
        const jobId = only(jobsOf(answers));
        // Whoever came after its end was given its report.
        for (const { status, jobId: id, report } of answers) {
          if (status === JobStatus.COMPLETED) expect([id, report?.fallback]).toEqual(["", false]);
          else expect(id).toBe(jobId);
        }
        expect((await watch(jobId)).at(-1)).toEqual([4, "completed"]);
        expect([model.calls, await countJobs()]).toEqual([["equal"], 1]);
      },
      CROWD_TIMEOUT_MS,
    );

    it("keep an ended job readable for its retention", async () => {
      const { jobId } = await askOnce("kept");
      await watch(jobId);
      const { job } = await inTurn(replicas, 1).client.get({ jobId });
      expect(job?.status).toBe(JobStatus.COMPLETED);
      const leftMs = await fleet.redis.pttl(logKey(jobId));
      expect(leftMs).toBeLessThanOrEqual(RETENTION_SECONDS * 1_000);
      expect(leftMs).toBeGreaterThan((RETENTION_SECONDS - 60) * 1_000);
    });

    it(
      "leave nothing in Redis that has no end, after three hundred jobs",
      async () => {
        // Each leaves five entries or six in the stream: enough for it to be trimmed.
        const jobIds = jobsOf(await askAll(replicas, 300, (index) => `different-${index}`));
        expect(jobIds).toHaveLength(300);
        const watched = jobIds.map((jobId, index) => watchAt(inTurn(replicas, index).client, jobId));
        for (const { events } of await Promise.all(watched)) expect(events.at(-1)?.[1]).toBe("completed");
        await expectNothingLeft();
      },
      CROWD_TIMEOUT_MS,
    );
  });

  describe("three replicas that answer, whose reports are stale at once", () => {
    let worker: Replica;

    beforeAll(async () => {
      await open({ CACHE_STALE_AFTER_SECONDS: "0" });
      [worker, ...replicas] = await Promise.all([
        fleet.start("worker"),
        fleet.start("api"),
        fleet.start("api"),
        fleet.start("api"),
      ]);
    }, START_TIMEOUT_MS);
    afterAll(close);

    /** A report that is there, and stale. */
    async function makeReport(commit: string): Promise<number> {
      const { jobId } = await askOnce(commit);
      await watch(jobId);
      const { job } = await inTurn(replicas, 0).client.get({ jobId });
      return toTimeMs(job?.report);
    }

    it(
      "give the old report to two hundred at once, while one job renews it",
      async () => {
        const old = await makeReport("stale");
        // Nobody can have waited for the refresh: it has not begun.
        freeze(worker);
        const answers = await askAll(replicas, 200, () => "stale");
        expect(answers.map(toAnswer)).toEqual(answers.map(() => ({ stale: true, timeMs: old })));
        thaw(worker);
        await watch(only(jobsOf(answers)));
        expect([model.calls, await countJobs()]).toEqual([["stale", "stale"], 2]);
        expect(toAnswer(await askOnce("stale")).timeMs).toBeGreaterThan(old);
      },
      CROWD_TIMEOUT_MS,
    );

    it(
      "keep the old report when its refresh fails, until one succeeds",
      async () => {
        const old = await makeReport("failing");
        for (const status of [500, 500, 200]) {
          model.setStatus(status);
          const answer = await askOnce("failing");
          expect(toAnswer(answer)).toEqual({ stale: true, timeMs: old });
          await watch(answer.jobId);
          const { job } = await inTurn(replicas, 0).client.get({ jobId: answer.jobId });
          expect([job?.status, job?.report?.fallback]).toEqual([JobStatus.COMPLETED, status === 500]);
        }
        expect(toAnswer(await askOnce("failing")).timeMs).toBeGreaterThan(old);
      },
      CROWD_TIMEOUT_MS,
    );

    it("leave nothing in Redis that has no end", expectNothingLeft, CROWD_TIMEOUT_MS);
  });
});

function toAnswer({ stale, report }: EnqueueResponse) {
  return { stale, timeMs: toTimeMs(report) };
}

/** When a model made a report. */
function toTimeMs(report: Report | undefined): number {
  if (report?.fallback !== false || report.generatedAt === undefined) throw new Error("no model's report");
  return timestampMs(report.generatedAt);
}
