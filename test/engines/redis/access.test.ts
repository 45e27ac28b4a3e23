import { beforeEach, describe, expect, it } from "@jest/globals";
import { RequestError } from "../../../src/core/errors.ts";
import { createBoundedAccess, patientAccess } from "../../../src/engines/redis/access.ts";
import type { RedisAccess } from "../../../src/engines/redis/access.ts";
import type { RedisReachability } from "../../../src/engines/redis/reachability.ts";
import { createDeferred } from "../../support/deferred.ts";
import { createManualClock, settle } from "../../support/manual-clock.ts";
import type { ManualClock } from "../../support/manual-clock.ts";

const CALL_TIMEOUT_MS = 1_500;

let clock: ManualClock;
let isUp: boolean;
let access: RedisAccess;

beforeEach(() => {
  clock = createManualClock();
  isUp = true;
  const reachability = { check: () => Promise.resolve(isUp) } as RedisReachability;
  access = createBoundedAccess({ reachability, clock });
});

/** As ioredis makes it of what Redis answers. */
function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: "ReplyError" });
}

const failWith = (error: unknown): Promise<unknown> => access(() => Promise.reject(error as Error));

describe("bounded access to Redis", () => {
  it("hands on an answer, and leaves no timer behind", async () => {
    expect(await access(() => Promise.resolve("PONG"))).toBe("PONG");
    expect(clock.sleepers()).toBe(0);
  });

  it("makes no call to a Redis that is known to be away, where the calls would pile up", async () => {
    isUp = false;
    let calls = 0;
    const call = (): Promise<void> => {
      calls += 1;
      return Promise.resolve();
    };
    for (let count = 0; count < 1_000; count += 1) {
      await expect(access(call)).rejects.toMatchObject({ kind: "unavailable", retryAfterMs: 1_000 });
    }
    expect(calls).toBe(0);
    expect(clock.sleepers()).toBe(0);
  });

  it("gives up on a call without an answer after a second and a half, and says when to come back", async () => {
    let failure: unknown;
    const called = access(() => new Promise(() => undefined)).catch((error: unknown) => (failure = error));
    await settle();
    await clock.advance(CALL_TIMEOUT_MS - 1);
    expect(failure).toBeUndefined();
    await clock.advance(1);
    await called;
    expect(failure).toBeInstanceOf(RequestError);
    expect(failure).toMatchObject({ kind: "unavailable", retryable: true, retryAfterMs: 1_000 });
    expect(clock.sleepers()).toBe(0);
  });

  it("does not take a time in which this process was held up for a silence of Redis", async () => {
    const answer = createDeferred<string>();
    const called = access(() => answer.promise);
    await settle();
    // Held up for long: the timers come first, and then what has long been there to read.
    setImmediate(() => answer.resolve("PONG"));
    clock.holdUp(10 * CALL_TIMEOUT_MS);
    expect(await called).toBe("PONG");
    expect(clock.sleepers()).toBe(0);
  });

  it("takes no harm from an answer or a failure that comes too late", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", note);
    const answers = [createDeferred<Promise<void>>(), createDeferred<Promise<void>>()] as const;
    const called = Promise.allSettled(answers.map(({ promise }) => access(() => promise)));
    await settle();
    await clock.advance(CALL_TIMEOUT_MS);
    expect((await called).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    answers[0].resolve(Promise.resolve());
    answers[1].resolve(Promise.reject(new Error("Connection is closed.")));
    await settle();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  it.each([
    ["LOADING", "LOADING Redis is loading the dataset in memory"],
    ["READONLY", "READONLY You can't write against a read only replica."],
    ["MASTERDOWN", "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."],
    ["CLUSTERDOWN", "CLUSTERDOWN The cluster is down"],
    ["TRYAGAIN", "TRYAGAIN Multiple keys request during rehashing of slot"],
    ["NOREPLICAS", "NOREPLICAS Not enough good replicas to write."],
    ["MISCONF", "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist"],
    ["OOM", "OOM command not allowed when used memory > 'maxmemory'."],
    ["BUSY", "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."],
    ["UNKILLABLE", "UNKILLABLE Sorry the script already executed write commands against the dataset."],
  ])("takes a Redis that answers %s for one that is away, and keeps the cause", async (_, message) => {
    const error = replyError(message);
    await expect(failWith(error)).rejects.toMatchObject({ kind: "unavailable", cause: error });
    expect(clock.sleepers()).toBe(0);
  });

  it.each([
    ["a lost connection", Object.assign(new Error("read ECONNRESET"), { syscall: "read" })],
    ["a refused one", Object.assign(new Error("connect ECONNREFUSED"), { syscall: "connect" })],
    ["one that was closed here", new Error("Connection is closed.")],
    ["a transaction that was cut off", new Error("Command aborted due to connection close")],
    [
      "a cluster without nodes",
      Object.assign(new Error("Failed to refresh slots cache."), { name: "ClusterAllFailedError" }),
    ],
  ])("takes %s for a Redis that is away", async (_, error) => {
    await expect(failWith(error)).rejects.toMatchObject({ kind: "unavailable", cause: error });
  });

  it.each([
    ["a wrong type", replyError("WRONGTYPE Operation against a key holding the wrong kind of value")],
    ["a script's fault", replyError("ERR user_script:1: Script attempted to access nonexistent global")],
    ["an unknown script", replyError("NOSCRIPT No matching script. Please use EVAL.")],
    ["a word inside another", replyError("BUSYGROUP Consumer Group name already exists")],
    ["a fault of ours", new TypeError("undefined is not a function")],
    ["what is no error", "Connection is closed."],
  ])("leaves %s as it is: it would not go away by itself", async (_, error) => {
    await expect(failWith(error)).rejects.toBe(error);
  });
});

describe("patient access to Redis", () => {
  it("waits for as long as it takes", async () => {
    const answer = createDeferred<string>();
    const called = patientAccess(() => answer.promise);
    answer.resolve("PONG");
    expect(await called).toBe("PONG");
  });
});
