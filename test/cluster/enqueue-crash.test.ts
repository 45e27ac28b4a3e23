import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { createRedisKeys } from "../../src/engines/redis/keys.ts";
import { startModelServer } from "../support/model-server.ts";
import type { ModelServer } from "../support/model-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { adds, appends, claims, startKillingProxy } from "./killing-proxy.ts";
import type { CommandTest, KillingProxy } from "./killing-proxy.ts";
import { typesOf, watchToEnd } from "./watch-to-end.ts";

const EQUAL_REQUESTS = 20;

await describeWithRedis("an API process that dies within an Enqueue", (server) => {
  let model: ModelServer;
  let fleet: Fleet;
  let proxy: KillingProxy;
  beforeEach(async () => {
    model = await startModelServer();
    fleet = openFleet(server.url, model.environment);
    proxy = await startKillingProxy(server.url);
  });
  afterEach(async () => {
    await fleet.close();
    await proxy.close();
    await model.close();
  });

  const enqueue = ({ client }: Replica) => client.enqueue(sampleInput());

  /** The claimed job, and how far it has come. */
  async function findJob() {
    const { prefix, redis } = fleet;
    const keys = createRedisKeys(prefix);
    const [claim = "", ...others] = await redis.keys(keys.claim("*"));
    expect(others).toEqual([]);
    const jobId = (await redis.get(claim)) ?? "";
    return {
      jobId,
      isLogged: (await redis.exists(keys.log(jobId))) === 1,
      isQueued: (await redis.exists(`{${prefix}}:report-generation:${jobId}`)) === 1,
    };
  }

  it.each<[string, CommandTest, { readonly isLogged: boolean; readonly isQueued: boolean }]>([
    ["claim", claims, { isLogged: false, isQueued: false }],
    ["log entry", appends("queued"), { isLogged: true, isQueued: false }],
    ["place in the queue", adds, { isLogged: true, isQueued: true }],
  ])(
    "right after its %s leaves a job that the next equal requests take up, and that ends once",
    async (_, isLast, stands) => {
      const [doomed, survivor] = await Promise.all([
        fleet.start("api", { REDIS_URL: proxy.url }),
        fleet.start("api"),
      ]);
      const died = proxy.killAfter(doomed, isLast);
      await expect(enqueue(doomed)).rejects.toThrow();
      await died;
      const { jobId, ...found } = await findJob();
      expect(found).toEqual(stands);

      const answers = await Promise.all(Array.from({ length: EQUAL_REQUESTS }, () => enqueue(survivor)));
      expect(new Set(answers.map((answer) => answer.jobId))).toEqual(new Set([jobId]));
      await fleet.start("worker");
      const steps = await watchToEnd(survivor.client, jobId);
      expect(typesOf(steps)).toEqual(["queued", "started", "attempt_started", "completed"]);
      expect(model.calls).toEqual([sampleInput().commitSha]);
      expect(await fleet.redis.keys(createRedisKeys(fleet.prefix).log("*"))).toHaveLength(1);
      expect(await enqueue(survivor)).toMatchObject({ cached: true, stale: false, jobId: "" });
    },
    20_000,
  );
});
