import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeadLetter, DeadLetters } from "../../src/core/ports.ts";
import { systemClock } from "../../src/core/system-clock.ts";
import { patientAccess } from "../../src/engines/redis/access.ts";
import { connect, disconnect } from "../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../src/engines/redis/connections.ts";
import { createRedisDeadLetters } from "../../src/engines/redis/dead-letters.ts";
import { createRedisKeys } from "../../src/engines/redis/keys.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { queuedJob, sampleRequest } from "../support/samples.ts";
import { runCommand, startServerProcess } from "../support/server-process.ts";
import type { Ended, ServerProcess } from "../support/server-process.ts";

/** A process takes about a second, more on a busy machine. */
const TIMEOUT_MS = 30_000;

const stopped = (stderr: string | RegExp, code = 1): Ended => ({
  code,
  stdout: "",
  stderr: expect.stringMatching(stderr) as unknown as string,
});

const toCommit = (jobId: string): string => `${jobId}-9fceb02d0ae598e95dc9`;

/** A job that failed at that time. */
function letter(jobId: string, failedAt: string): DeadLetter {
  const request = sampleRequest({ commitSha: toCommit(jobId), tenant: "acme" });
  return {
    job: { ...queuedJob(jobId), request },
    error: { kind: "internal", message: "the report could not be made" },
    failedAtMs: Date.parse(failedAt),
  };
}

const first = letter("first", "2026-01-01T00:00:00Z");
const second = letter("second", "2026-01-02T00:00:00Z");

describe("stepper jobs without a Redis", () => {
  it(
    "says in one line what is wrong with its arguments, and exits with 2",
    async () => {
      const [noAction, noNumber] = await Promise.all([
        runCommand(["jobs"]),
        runCommand(["jobs", "list", "--failed", "--limit", "none"]),
      ]);
      expect(noAction).toEqual(stopped(/^stepper: jobs needs list, retry or cancel[^\n]*\n$/, 2));
      expect(noNumber).toEqual(stopped(/^stepper: --limit must be a whole number[^\n]*\n$/, 2));
    },
    TIMEOUT_MS,
  );

  it(
    "says that REDIS_URL is not set",
    async () => {
      const noJobs = stopped(/^stepper: there are no jobs to see: REDIS_URL is not set[^\n]*\n$/);
      expect(await runCommand(["jobs", "list", "--failed"])).toEqual(noJobs);
    },
    TIMEOUT_MS,
  );

  it(
    "says within seconds that Redis can't be reached",
    async () => {
      // A port that no program may listen on.
      const environment = { REDIS_URL: "redis://127.0.0.1:1" };
      const startedAtMs = performance.now();
      const [list, retry] = await Promise.all([
        runCommand(["jobs", "list", "--failed"], { environment }),
        runCommand(["jobs", "retry", "a"], { environment }),
      ]);
      expect(performance.now() - startedAtMs).toBeLessThan(10_000);
      expect(list).toEqual(stopped(/^stepper: the store can not be reached\n$/));
      expect(retry).toEqual(stopped(/^stepper: a: the store can not be reached\n$/));
    },
    TIMEOUT_MS,
  );
});

await describeWithRedis("stepper jobs", ({ url }) =>
  describe("stepper jobs on the servers' Redis", () => {
    let redis: RedisClient;
    let deadLetters: DeadLetters;
    let environment: Readonly<Record<string, string>>;
    let worker: ServerProcess | undefined;

    beforeEach(async () => {
      const prefix = randomUUID();
      environment = { REDIS_URL: url, REDIS_KEY_PREFIX: prefix };
      redis = connect(url);
      deadLetters = createRedisDeadLetters({
        redis,
        access: patientAccess,
        keys: createRedisKeys(prefix),
        clock: systemClock,
        retentionMs: 600_000,
      });
      await deadLetters.add(first);
      await deadLetters.add(second);
    });
    afterEach(async () => {
      worker?.child.kill("SIGKILL");
      await worker?.stop();
      worker = undefined;
      await disconnect(redis, 1_000);
    });

    const jobs = (...args: readonly string[]): Promise<Ended> =>
      runCommand(["jobs", ...args], { environment });

    it(
      "lists the jobs that failed, the latest first, one in a line",
      async () => {
        const lines = [
          "second  2026-01-02T00:00:00.000Z  acme/shop@second-9fceb  internal: the report could not be made\n",
          "first  2026-01-01T00:00:00.000Z  acme/shop@first-9fceb0  internal: the report could not be made\n",
        ];
        const [all, one] = await Promise.all([
          jobs("list", "--failed"),
          jobs("list", "--failed", "--limit", "1"),
        ]);
        expect(all).toEqual({ code: 0, stdout: lines.join(""), stderr: "" });
        expect(one).toEqual({ code: 0, stdout: lines[0], stderr: "" });
      },
      TIMEOUT_MS,
    );

    it(
      "lists them as JSON, without what was in the commits",
      async () => {
        const { code, stdout, stderr } = await jobs("list", "--failed", "--json");
        expect([code, stderr]).toEqual([0, ""]);
        const row = { tenant: "acme", userId: "ada", repo: "acme/shop", error: first.error };
        expect(JSON.parse(stdout)).toEqual([
          { ...row, jobId: "second", failedAt: "2026-01-02T00:00:00.000Z", commitSha: toCommit("second") },
          { ...row, jobId: "first", failedAt: "2026-01-01T00:00:00.000Z", commitSha: toCommit("first") },
        ]);
      },
      TIMEOUT_MS,
    );

    it(
      "prints no line when none has failed, and an empty array as JSON",
      async () => {
        for (const jobId of ["first", "second"]) await deadLetters.remove(jobId);
        const [lines, json] = await Promise.all([
          jobs("list", "--failed"),
          jobs("list", "--failed", "--json"),
        ]);
        expect([lines, json]).toEqual([
          { code: 0, stdout: "", stderr: "" },
          { code: 0, stdout: "[]\n", stderr: "" },
        ]);
      },
      TIMEOUT_MS,
    );

    it(
      "has a worker run a failed job again, whose dead letter goes",
      async () => {
        const { code, stdout, stderr } = await jobs("retry", "first");
        expect([code, stderr]).toEqual([0, ""]);
        const [, newId] = /^first: runs again as ([-0-9a-f]{36})\n$/.exec(stdout) ?? [];
        expect(await deadLetters.list(10)).toEqual([second]);
        worker = await startServerProcess({ environment: { ...environment, STEPPER_ROLE: "worker" } });
        const ended = await worker.line(({ msg }) => msg === "job ended");
        expect(ended).toMatchObject({ jobId: newId, status: "completed", commitSha: toCommit("first") });
        expect(await worker.stop()).toBe(0);
        expect(await deadLetters.list(10)).toEqual([second]);
      },
      TIMEOUT_MS,
    );

    it(
      "stops with one line at an id that it does not know, after what it has done",
      async () => {
        const unknown = "stepper: third: no failed job of this id is kept\n";
        expect(await jobs("retry", "second", "third", "first")).toEqual({
          code: 1,
          stdout: expect.stringMatching(/^second: runs again as \S+\n$/),
          stderr: unknown,
        });
        expect(await deadLetters.list(10)).toEqual([first]);
      },
      TIMEOUT_MS,
    );
  }),
);
