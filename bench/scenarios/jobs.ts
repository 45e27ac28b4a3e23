import { startRedis } from "../harness/redis-process.ts";
import type { Bench, Contestant, Scenario } from "../harness/scenario.ts";
import { summarize } from "../harness/statistics.ts";
import { startSubject } from "../harness/subject.ts";
import type { Subject } from "../harness/subject.ts";

const CONCURRENCY = "50";

/** Enough for the first and the last ones, which do not fill all places, to count little. */
const JOBS = 2_000;

/** One after another, for the latency of a job that nothing else is in the way of. */
const IDLE_JOBS = 50;

export const jobsScenario: Scenario = {
  name: "jobs",
  title: `jobs from Enqueue to completed, with a provider that answers at once, ${CONCURRENCY} at a time`,
  needs: ["redis-server"],
  prepare: (bench) => prepare(bench, "jobs/s", measureMany),
};

export const idleJobScenario: Scenario = {
  name: "idle-job",
  title: "one job from Enqueue to completed while nothing else is to be done",
  needs: ["redis-server"],
  prepare: (bench) => prepare(bench, "ms", measureIdle),
};

async function prepare(
  bench: Bench,
  unit: string,
  measure: (subject: Subject) => Promise<number>,
): Promise<readonly Contestant[]> {
  const [ours, theirs] = [await startRedis(bench), await startRedis(bench)];
  const redis = await startSubject(bench, "stepper-jobs", [ours, CONCURRENCY]);
  const memory = await startSubject(bench, "stepper-jobs", ["", CONCURRENCY]);
  const bullmq = await startSubject(bench, "bullmq-jobs", [theirs, CONCURRENCY]);
  return [
    { name: "Redis", unit, measure: () => measure(redis) },
    { name: "memory", unit, measure: () => measure(memory) },
    { name: "bullmq", unit, isBaseline: true, measure: () => measure(bullmq) },
  ];
}

async function measureMany(subject: Subject): Promise<number> {
  return (JOBS / (await runJobs(subject, JOBS))) * 1_000;
}

async function measureIdle(subject: Subject): Promise<number> {
  const times: number[] = [];
  for (let job = 0; job < IDLE_JOBS; job += 1) times.push(await runJobs(subject, 1));
  return summarize(times).median;
}

async function runJobs(subject: Subject, count: number): Promise<number> {
  const { durationMs } = (await subject.ask({ count })) as { readonly durationMs: number };
  return durationMs;
}
