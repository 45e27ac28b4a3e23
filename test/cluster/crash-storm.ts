import { createGate } from "../support/gate.ts";
import type { ModelServer } from "../support/model-server.ts";
import { sampleInput } from "../support/samples.ts";
import { crash } from "./crash.ts";
import type { Fleet, Replica } from "./fleet.ts";
import type { Random } from "./random.ts";
import { watchToEnd } from "./watch-to-end.ts";
import type { JobStep } from "./watch-to-end.ts";

interface StormOptions {
  readonly fleet: Fleet;
  readonly model: ModelServer;
  readonly random: Random;
  readonly workers: number;
  readonly kills: number;
  /** As many jobs are added before each kill. */
  readonly jobsPerKill: number;
}

/** A job that a client was promised, and what the client saw of it. */
export interface PromisedJob {
  readonly jobId: string;
  readonly commitSha: string;
  /** Every event that came over the live stream. */
  readonly steps: readonly JobStep[];
  /** How many calls the model had had, of all jobs, when the client saw this one end. */
  readonly callsAtEnd: number;
}

export interface Storm {
  readonly api: Replica;
  readonly jobs: readonly PromisedJob[];
  /** When each worker was killed, in milliseconds since the epoch. */
  readonly killedAtMs: readonly number[];
  /** Every worker there was, dead and alive. */
  readonly workers: readonly Replica[];
}

/**
 * Lets clients ask for reports and watch their jobs, kills workers at random moments meanwhile, starts another for each
 * at once, and goes on until every stream has ended.
 */
export async function runStorm(options: StormOptions): Promise<Storm> {
  const { fleet, model, random, kills, jobsPerKill } = options;
  const calls = createGate<null>();
  let callsBegun = 0;
  const workers: Replica[] = [];
  const killedAtMs: number[] = [];
  const watched: Promise<PromisedJob>[] = [];

  const startWorker = async (): Promise<Replica> => {
    const worker = await fleet.start("worker");
    workers.push(worker);
    return worker;
  };
  const slots = Array.from({ length: options.workers }, startWorker);
  const api = await fleet.start("api");

  async function promise(commitSha: string): Promise<void> {
    const { jobId } = await api.client.enqueue(sampleInput({ commitSha }));
    watched.push(watch(jobId, commitSha));
  }

  async function watch(jobId: string, commitSha: string): Promise<PromisedJob> {
    let callsAtEnd = Infinity;
    const steps = await watchToEnd(api.client, jobId, ({ type }) => {
      if (type === "attempt_started") {
        callsBegun += 1;
        calls.pass(null);
      }
      if (type === "completed") callsAtEnd = model.calls.length;
    });
    return { jobId, commitSha, steps, callsAtEnd };
  }

  for (let kill = 0; kill < kills; kill += 1) {
    const slot = random.between(0, slots.length - 1);
    const victim = await slots[slot];
    // No more than are added, so that it is reached however many of those before are done already.
    const moment = callsBegun + random.between(1, jobsPerKill);
    const commits = Array.from({ length: jobsPerKill }, (_, index) => `commit-${kill}-${index}`);
    await Promise.all(commits.map(promise));
    await calls.passed(moment);
    killedAtMs.push(Date.now());
    if (victim !== undefined) await crash(victim);
    slots[slot] = startWorker();
  }
  const jobs = await Promise.all(watched);
  await Promise.all(slots);
  return { api, jobs, killedAtMs, workers };
}
