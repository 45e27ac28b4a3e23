import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { JobStatus } from "../../gen/stepper/v1/report_service_pb.ts";
import { startModelServer } from "../support/model-server.ts";
import type { ModelServer } from "../support/model-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { runStorm } from "./crash-storm.ts";
import type { PromisedJob, Storm } from "./crash-storm.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { createRandom } from "./random.ts";
import { typesOf, watchToEnd } from "./watch-to-end.ts";
import type { JobStep } from "./watch-to-end.ts";

const WORKERS = 3;
const KILLS = 20;
const JOBS_PER_KILL = 25;
const JOBS = KILLS * JOBS_PER_KILL;
const CONCURRENCY = 6;
const MODEL_DELAY_MS = 400;

await describeWithRedis("workers that crash", (server) => {
  let model: ModelServer;
  let fleet: Fleet;
  beforeEach(async () => {
    model = await startModelServer();
    model.setDelay(MODEL_DELAY_MS);
    fleet = openFleet(server.url, { ...model.environment, QUEUE_CONCURRENCY: String(CONCURRENCY) });
  });
  afterEach(async () => {
    await fleet.close();
    await model.close();
  });

  it(`leave ${JOBS} promised jobs unharmed when ${KILLS} of them are killed`, async () => {
    const random = createRandom();
    try {
      const options = { fleet, model, random, workers: WORKERS, kills: KILLS, jobsPerKill: JOBS_PER_KILL };
      const storm = await runStorm(options);
      expect(new Set(storm.jobs.map(({ jobId }) => jobId)).size).toBe(JOBS);
      expectOneEndEach(storm.jobs);
      expectNoNeedlessCalls(storm, model.calls);
      expectNoNeedlessRuns(storm);
      expectNoEndToldTwice(storm);
      await expectSameStory(storm);
    } catch (error) {
      process.stderr.write(`CRASH_SEED=${random.seed} chooses the same victims again\n`);
      throw error;
    }
  }, 120_000);
});

/** Each watcher has seen every event once, in order, the last of which is the only end: a report of the model's. */
function expectOneEndEach(jobs: readonly PromisedJob[]): void {
  for (const { jobId, commitSha, steps } of jobs) {
    const job = `${commitSha}, ${jobId}`;
    expect([job, steps.map(({ seq }) => seq)]).toEqual([job, steps.map((_, index) => index + 1)]);
    const types = typesOf(steps);
    expect([job, types[0], types.at(-1)]).toEqual([job, "queued", "completed"]);
    expect([job, types.filter((type) => ["queued", "completed", "failed"].includes(type)).length]).toEqual([
      job,
      2,
    ]);
    const end = steps.at(-1);
    expect(end).toMatchObject({ report: { provider: "openai-compatible", fallback: false } });
    expect(end).toMatchObject({ attempt: { outcome: "succeeded" } });
  }
}

/** The model is called once for a run, never for a job that has ended; so once in all unless a crash cut a run off. */
function expectNoNeedlessCalls({ jobs }: Storm, calls: readonly string[]): void {
  for (const { commitSha, steps, callsAtEnd } of jobs) {
    expect([commitSha, calls.indexOf(commitSha, callsAtEnd)]).toEqual([commitSha, -1]);
    const ofJob = calls.filter((commit) => commit === commitSha).length;
    const runs = startsOf(steps).length;
    expect([commitSha, ofJob >= 1 && ofJob <= runs]).toEqual([commitSha, true]);
  }
  const cutOff = jobs.reduce((sum, { steps }) => sum + startsOf(steps).length - 1, 0);
  expect(calls.length).toBeLessThanOrEqual(JOBS + cutOff);
  // Else the crashes met nobody at work, and this has shown nothing.
  expect(cutOff).toBeGreaterThanOrEqual(KILLS);
}

/** Between two runs of a job lies a crash. */
function expectNoNeedlessRuns({ jobs, killedAtMs }: Storm): void {
  for (const { commitSha, steps } of jobs) {
    startsOf(steps).reduce((before, start) => {
      const crashes = killedAtMs.filter((atMs) => atMs >= before && atMs <= start);
      expect([commitSha, crashes.length > 0]).toEqual([commitSha, true]);
      return start;
    });
  }
}

/** When each run of a job began. */
function startsOf(steps: readonly JobStep[]): readonly number[] {
  return steps.filter(({ type }) => type === "started").map(({ time }) => Date.parse(time));
}

/** Of all workers one tells of a job's end; who dies before it could is excused. */
function expectNoEndToldTwice({ workers, jobs }: Storm): void {
  const lines = workers.flatMap((worker) => worker.output().split("\n"));
  const told = lines
    .filter((line) => line.includes('"msg":"job ended"'))
    .map((line) => (JSON.parse(line) as { readonly jobId: string }).jobId);
  expect(new Set(told).size).toBe(told.length);
  expect(told.length).toBeGreaterThanOrEqual(jobs.length - KILLS * CONCURRENCY);
}

/** Who asks later is told what the watchers saw while it happened. */
async function expectSameStory({ api, jobs }: Storm): Promise<void> {
  const stories = await Promise.all(jobs.map(({ jobId }) => watchToEnd(api.client, jobId)));
  expect(stories).toEqual(jobs.map(({ steps }) => steps));
  const answers = await Promise.all(jobs.map(({ jobId }) => api.client.get({ jobId })));
  for (const { job } of answers)
    expect([job?.status, job?.attempts.length]).toEqual([JobStatus.COMPLETED, 1]);
}
