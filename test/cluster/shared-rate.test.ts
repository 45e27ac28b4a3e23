import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startFaultServer } from "../support/fault-server.ts";
import type { FaultRequest, FaultServer } from "../support/fault-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";

const PER_SECOND = 5;
const CONCURRENCY = 10;
const JOBS = 40;
/** A second less ten percent: calls don't start to the millisecond. */
const WINDOW_MS = 900;
const FEWEST_PER_SECOND = 4.5;
/** What a process that dies wastes at most: the turns that its calls have booked. */
const LONGEST_GAP_MS = ((CONCURRENCY + 2) / PER_SECOND) * 1_000;
const REST_MS = 2_000;

await describeWithRedis("the Redis of two workers", (redis) => {
  describe("two workers on one Redis", () => {
    const startProcess = (role: string, environment: Readonly<Record<string, string>>, key = "") =>
      startServerProcess({
        environment: {
          REDIS_URL: redis.url,
          REDIS_KEY_PREFIX: prefix,
          STEPPER_ROLE: role,
          RATE_LIMIT_ENABLED: "false",
          QUEUE_CONCURRENCY: "20",
          SHUTDOWN_TIMEOUT_MS: "1000",
          ...environment,
          OPENAI_COMPATIBLE_API_KEY: key,
          OPENAI_COMPATIBLE_RPS: String(PER_SECOND),
          OPENAI_COMPATIBLE_CONCURRENCY: String(CONCURRENCY),
        },
      });

    const prefix = randomUUID();
    let provider: FaultServer;
    let processes: ServerProcess[] = [];
    let commits = 0;

    /** The workers are told apart by their keys. */
    beforeAll(async () => {
      provider = await startFaultServer();
      const { environment } = provider;
      processes = await Promise.all([
        startProcess("api", environment),
        startProcess("worker", environment, "worker-1"),
        startProcess("worker", environment, "worker-2"),
      ]);
      // A process's first call is slow to start, which moves it nearer to the next.
      while (new Set(provider.requests.map(({ key }) => key)).size < 2) await take(2);
    }, 60_000);
    afterAll(async () => {
      await Promise.all(processes.map((process) => process.stop()));
      await provider.close();
    }, 30_000);

    async function enqueue(count: number): Promise<void> {
      const bodies = Array.from({ length: count }, () =>
        sampleInput({ commitSha: `commit-${(commits += 1)}` }),
      );
      const headers = { "content-type": "application/json" };
      const answers = await Promise.all(
        bodies.map((body) =>
          fetch(`${processes[0]?.url}/v1/reports`, { method: "POST", headers, body: JSON.stringify(body) }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 202));
    }

    /** The next calls, once there are so many. */
    async function take(count: number): Promise<readonly FaultRequest[]> {
      const before = provider.requests.length;
      await enqueue(count);
      return (await provider.arrived(before + count)).slice(before, before + count);
    }

    it("start no more calls a second than may be, together, and hardly fewer", async () => {
      const calls = await take(JOBS);
      expect(mostWithin(WINDOW_MS, calls)).toBeLessThanOrEqual(PER_SECOND);
      expect(perSecond(calls)).toBeGreaterThanOrEqual(FEWEST_PER_SECOND);
      expect(new Set(calls.map(({ key }) => key))).toEqual(new Set(["worker-1", "worker-2"]));
    }, 30_000);

    it("leave a provider alone together when one of them was asked to", async () => {
      provider.play(`429 retry-after=${REST_MS / 1_000}`);
      const [refused] = await take(1);
      const end = await refused?.ended;
      await restIsKnown();
      const calls = await take(JOBS / 2);
      const [first] = calls;
      expect((first?.startedAtMs ?? 0) - (end?.atMs ?? Infinity)).toBeGreaterThanOrEqual(REST_MS);
      expect(new Set(calls.map(({ key }) => key))).toEqual(new Set(["worker-1", "worker-2"]));
    }, 30_000);

    it("keep to the rate when one of them is killed, and don't stall", async () => {
      const before = provider.requests.length;
      await enqueue(JOBS);
      await provider.arrived(before + JOBS / 4);
      const killed = processes.pop();
      killed?.child.kill("SIGKILL");
      const killedAtMs = Date.now();
      // The other one has its own jobs, and those that waited.
      const calls = (await provider.arrived(before + JOBS / 2)).slice(before);
      expect(mostWithin(WINDOW_MS, calls)).toBeLessThanOrEqual(PER_SECOND);
      const after = calls.filter(({ startedAtMs }) => startedAtMs > killedAtMs);
      expect(new Set(after.map(({ key }) => key))).toEqual(new Set(["worker-1"]));
      expect(longestGapMs(killedAtMs, after)).toBeLessThanOrEqual(LONGEST_GAP_MS);
    }, 30_000);

    /** The API process sees what a worker has told Redis. */
    async function restIsKnown(): Promise<void> {
      for (;;) {
        const health = (await (await fetch(`${processes[0]?.url}/health`)).json()) as {
          providers: readonly { cooldownMs: number }[];
        };
        if (health.providers.some(({ cooldownMs }) => cooldownMs > 0)) return;
      }
    }
  });
});

function starts(calls: readonly FaultRequest[]): readonly number[] {
  return calls.map(({ startedAtMs }) => startedAtMs).sort((a, b) => a - b);
}

/** Most calls that started within any window of so long. */
function mostWithin(windowMs: number, calls: readonly FaultRequest[]): number {
  const times = starts(calls);
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
}

function perSecond(calls: readonly FaultRequest[]): number {
  const times = starts(calls);
  return ((times.length - 1) * 1_000) / ((times.at(-1) ?? 0) - (times[0] ?? 0));
}

/** Longest time without a start, from `fromMs` on. */
function longestGapMs(fromMs: number, calls: readonly FaultRequest[]): number {
  const times = [fromMs, ...starts(calls)];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}
