import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { QueueEvents } from "bullmq";
import type { DeadLetter } from "../../src/core/ports.ts";
import { createRedisKeys } from "../../src/engines/redis/keys.ts";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { startModelServer } from "../support/model-server.ts";
import type { ModelServer } from "../support/model-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorServer } from "../support/vendor-server.ts";
import { crash } from "./crash.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { appends, startKillingProxy, stores } from "./killing-proxy.ts";
import type { CommandTest } from "./killing-proxy.ts";
import { typesOf, watchToEnd } from "./watch-to-end.ts";
import type { JobStep } from "./watch-to-end.ts";

/** Lock and two checks (src/engines/redis/job-worker.ts), and a second to do the work. */
const TAKEN_OVER_MS = 26_000;

const TIMEOUT_MS = 60_000;

/** A job, and when the process died that had it. */
interface OrphanedJob {
  readonly jobId: string;
  readonly crashedAtMs: number;
}

await describeWithRedis("crashes of workers", (server) => {
  // A suite within, whose end comes before that of its Redis.
  describe("a worker that dies at work", () => describeCrashes(server));
});

function describeCrashes(server: RedisServer): void {
  let model: ModelServer;
  let hanging: VendorServer;
  let fleet: Fleet;
  let api: Replica;
  let queueEvents: QueueEvents;
  /** Jobs that have left the queue. */
  let left: Gate<string>;
  let orphans: Readonly<Record<"fatal" | "stored" | "logged", OrphanedJob>>;

  async function enqueue(commitSha: string): Promise<string> {
    return (await api.client.enqueue(sampleInput({ commitSha }))).jobId;
  }

  /** Four processes have died on it, and a fifth does while the model thinks. */
  async function dieAsFifth(commitSha: string): Promise<OrphanedJob> {
    const jobId = await enqueue(commitSha);
    await fleet.redis.hset(`{${fleet.prefix}}:report-generation:${jobId}`, "stc", 4);
    const called = hanging.nextRequest();
    const worker = await fleet.start("worker", { OPENAI_COMPATIBLE_URL: hanging.url });
    await called;
    await crash(worker);
    return { jobId, crashedAtMs: Date.now() };
  }

  async function dieAfter(isLast: CommandTest, commitSha: string): Promise<OrphanedJob> {
    const proxy = await startKillingProxy(server.url);
    const worker = await fleet.start("worker", { REDIS_URL: proxy.url });
    const died = proxy.killAfter(worker, isLast);
    const jobId = await enqueue(commitSha);
    await died;
    await proxy.close();
    return { jobId, crashedAtMs: Date.now() };
  }

  // All die before the first test, since the locks of the dead take their time to end.
  beforeAll(async () => {
    model = await startModelServer();
    hanging = await startVendorServer({ fault: "hang" });
    fleet = openFleet(server.url, model.environment);
    left = createGate();
    const options = { prefix: `{${fleet.prefix}}`, connection: fleet.redis };
    queueEvents = new QueueEvents("report-generation", options);
    queueEvents.on("completed", ({ jobId }) => left.pass(jobId));
    await queueEvents.waitUntilReady();
    api = await fleet.start("api");
    orphans = {
      fatal: await dieAsFifth("fatal"),
      stored: await dieAfter(stores, "stored"),
      logged: await dieAfter(appends("completed"), "logged"),
    };
    await fleet.start("worker");
  }, TIMEOUT_MS);

  afterAll(async () => {
    await queueEvents.close();
    await fleet.close();
    await Promise.all([model.close(), hanging.close()]);
  });

  function callsFor(commitSha: string): number {
    return model.calls.filter((commit) => commit === commitSha).length;
  }

  function expectInTime(steps: readonly JobStep[], { crashedAtMs }: OrphanedJob): void {
    const endedAtMs = Date.parse(steps.at(-1)?.time ?? "");
    expect(endedAtMs - crashedAtMs).toBeGreaterThan(0);
    expect(endedAtMs - crashedAtMs).toBeLessThan(TAKEN_OVER_MS);
  }

  it(
    "after it has stored a report leaves it to another to log the end, without a second call",
    async () => {
      const { stored } = orphans;
      const steps = await watchToEnd(api.client, stored.jobId);
      expect(typesOf(steps)).toEqual(["queued", "started", "attempt_started", "completed"]);
      expect(steps.at(-1)).toMatchObject({
        report: { provider: "openai-compatible", fallback: false },
        attempt: { provider: "openai-compatible", number: 1, outcome: "succeeded" },
      });
      expectInTime(steps, stored);
      expect(callsFor("stored")).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    "after it has logged the end leaves it to another to tell the queue, and nothing runs again",
    async () => {
      const everyone = Object.values(orphans).map(({ jobId }) => jobId);
      expect(new Set(await left.passed(everyone.length))).toEqual(new Set(everyone));
      const steps = await watchToEnd(api.client, orphans.logged.jobId);
      expect(typesOf(steps)).toEqual(["queued", "started", "attempt_started", "completed"]);
      expect(Date.parse(steps.at(-1)?.time ?? "")).toBeLessThanOrEqual(orphans.logged.crashedAtMs);
      expect(callsFor("logged")).toBe(1);
    },
    TIMEOUT_MS,
  );

  it(
    "as the fifth on one job is the last: the job fails, is kept as a dead letter, and may be asked for anew",
    async () => {
      const { fatal } = orphans;
      const steps = await watchToEnd(api.client, fatal.jobId);
      expect(typesOf(steps)).toEqual(["queued", "started", "attempt_started", "failed"]);
      const error = {
        kind: "internal",
        message: "the job was given up: 5 processes died while they ran it",
      };
      expect(steps.at(-1)).toMatchObject({ error });
      expectInTime(steps, fatal);
      expect(hanging.requests).toHaveLength(1);
      expect(callsFor("fatal")).toBe(0);

      const letter = await fleet.redis.get(createRedisKeys(fleet.prefix).deadLetter(fatal.jobId));
      const { job, error: kept } = JSON.parse(letter ?? "{}") as DeadLetter;
      expect([job.jobId, job.request.commitSha, kept]).toEqual([fatal.jobId, "fatal", error]);

      const again = await enqueue("fatal");
      expect(again).not.toBe(fatal.jobId);
      expect(typesOf(await watchToEnd(api.client, again)).at(-1)).toBe("completed");
    },
    TIMEOUT_MS,
  );
}
