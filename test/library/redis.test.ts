import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { afterEach, describe, expect, it } from "@jest/globals";
import { InvalidArgumentError } from "../../src/core/errors.ts";
import { connect, disconnect } from "../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../src/engines/redis/connections.ts";
import type { StepperOptions } from "../../src/create-stepper.ts";
import { expectBoundedKeys } from "../cluster/expect-bounded-keys.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { runScript } from "./run-script.ts";
import { eventsOf, startJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();

function fieldsOf(options: object): readonly unknown[] {
  try {
    createStepper(options);
    return [];
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.fields.map(({ field }) => field);
    throw error;
  }
}

describe("createStepper", () => {
  it.each(["api", "worker"] as const)("refuses to be %s alone without a Redis to share", (role) => {
    expect(() => createStepper({ role })).toThrow(
      new InvalidArgumentError([{ field: "role", description: "other than all needs redis" }]),
    );
  });

  it.each([
    [{ url: "http://127.0.0.1" }, "redis.url"],
    [{ url: "127.0.0.1:6379" }, "redis.url"],
    [{ url: "" }, "redis.url"],
    [{ url: "redis://127.0.0.1,rediss://127.0.0.1" }, "redis.url"],
    [{}, "redis.url"],
    [{ url: "redis://127.0.0.1", keyPrefix: "" }, "redis.keyPrefix"],
    [{ url: "redis://127.0.0.1", keyPrefix: "{a}" }, "redis.keyPrefix"],
    [{ url: "redis://127.0.0.1", keyPrefix: 1 }, "redis.keyPrefix"],
    [{ url: "redis://127.0.0.1", queueName: "a:b" }, "redis.queueName"],
    [{ url: "redis://127.0.0.1", queueName: "" }, "redis.queueName"],
    ["redis://127.0.0.1", "redis"],
  ])("refuses as redis %j, and names what is wrong", (redis, field) => {
    expect(fieldsOf({ redis })).toEqual([field]);
  });

  it("refuses a role that there is none of", () => {
    expect(fieldsOf({ role: "both" })).toEqual(["role"]);
  });
});

await describeWithRedis("the library on Redis", ({ url }) => {
  let inspector: RedisClient | undefined;

  afterEach(async () => {
    if (inspector) await disconnect(inspector, 1_000);
    inspector = undefined;
  });

  const shared = (): Pick<StepperOptions, "redis"> => ({
    redis: { url, keyPrefix: randomUUID(), queueName: "reports" },
  });

  describe("steppers that share a Redis", () => {
    it("share the queue and the cache", async () => {
      const provider = createHeldProvider();
      const place = shared();
      const asking = createStepper({ ...place, role: "api" });
      const working = createStepper({ ...place, role: "worker", providers: [provider] });
      // Right after `createStepper`: this waits for the first connection.
      const jobId = await startJob(asking);
      const watched = eventsOf(asking, jobId);
      await provider.called(1);
      provider.release();
      expect((await watched).map(({ type }) => type)).toEqual([
        "queued",
        "started",
        "attempt_started",
        "completed",
      ]);
      for (const stepper of [asking, working]) {
        expect(await stepper.enqueueReport(sampleInput())).toMatchObject({
          status: 200,
          stale: false,
          data: { provider: "held" },
        });
      }
      expect(provider.calls()).toBe(1);
    });

    it("share one job for one commit, that each may end", async () => {
      const provider = createHeldProvider();
      const options = { ...shared(), providers: [provider] };
      const steppers = [createStepper(options), createStepper(options)] as const;
      const [one, other] = await Promise.all([startJob(steppers[0]), startJob(steppers[1])]);
      expect(one).toBe(other);
      provider.release();
      const [seen, seenToo] = await Promise.all(steppers.map((stepper) => eventsOf(stepper, one)));
      expect(seen).toEqual(seenToo);
      expect(provider.calls()).toBe(1);
    });

    it("keep nothing in Redis that has no end", async () => {
      const { redis } = shared();
      const stepper = createStepper({ redis });
      await eventsOf(stepper, await startJob(stepper));
      await stepper.close();
      inspector = connect(url);
      await expectBoundedKeys(inspector, redis?.keyPrefix ?? "");
    });
  });

  describe("a program with a stepper on Redis", () => {
    interface Ending {
      readonly answers: readonly unknown[];
      /** How long the program went on after `close`. */
      readonly lateMs: number;
    }

    /** Runs it to its end. */
    async function runProgram(redisUrl: string, options: string, body: string): Promise<Ending> {
      const { answer, stderr } = await runScript(
        `const redis = { url: "${redisUrl}", keyPrefix: "${randomUUID()}" };
        const one = stepper.createStepper({ redis, ${options} });
        const answers = [];
        ${body}
        await one.close();
        const closedAtMs = performance.now();
        process.on("exit", () => answer({ answers, lateMs: performance.now() - closedAtMs }));`,
        { cwd: tmpdir() },
      );
      expect(stderr).toBe("");
      return answer as Ending;
    }

    const runJob = `
      const { jobId } = await one.enqueueReport(input);
      for await (const { type } of one.watchJob(jobId)) answers.push(type);`;

    it.each([
      ["has run a job", runJob, ["queued", "started", "completed"]],
      ["has not used it", "", []],
    ])(
      "ends by itself when it %s and has closed it",
      async (_, body, expected) => {
        const { answers, lateMs } = await runProgram(url, "", body);
        expect(answers).toEqual(expected);
        expect(lateMs).toBeLessThan(1_000);
      },
      30_000,
    );

    it("is told that Redis can't be reached, and ends by itself", async () => {
      const body = `
          const startedAtMs = performance.now();
          await one.enqueueReport(input).catch(({ kind }) => answers.push(kind));
          answers.push(performance.now() - startedAtMs < 2_500);`;
      // A port that no program may listen on.
      const { answers, lateMs } = await runProgram("redis://127.0.0.1:1", 'role: "api"', body);
      expect(answers).toEqual(["unavailable", true]);
      expect(lateMs).toBeLessThan(1_000);
    }, 30_000);
  });
});
