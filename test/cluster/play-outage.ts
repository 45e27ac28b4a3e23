import { setTimeout as pass } from "node:timers/promises";
import type { HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import type { Gate } from "../support/gate.ts";
import type { ModelServer } from "../support/model-server.ts";
import type { RedisServer } from "../support/redis-server.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet, Replica } from "./fleet.ts";
import { callEverything, readProbes, watchHealth } from "./outage-answers.ts";
import type { Answer } from "./outage-answers.ts";
import { startLoad } from "./outage-load.ts";
import type { AcceptedJob, Load } from "./outage-load.ts";
import { ANSWERS, untilRedis } from "./outage-logs.ts";

/** What was seen of an outage, from outside. Times are those of `performance.now()`. */
export interface Outage {
  readonly fleet: Fleet;
  readonly apis: readonly [Replica, Replica];
  readonly workers: readonly [Replica, Replica];
  readonly load: Load;
  /** The jobs that had watchers and had not ended when Redis was held still. */
  readonly watched: readonly AcceptedJob[];
  readonly heldMs: number;
  readonly restartedMs: number;
  /** When every process served again. */
  readonly backMs: number;
  /** What calls were told while Redis was away. */
  readonly answers: readonly Answer[];
  readonly probes: readonly Awaited<ReturnType<typeof readProbes>>[];
  /** Every status that each process's health stream has shown. */
  readonly health: readonly (readonly Status[])[];
  /** When each worker ended a job that had been enqueued after the outage. */
  readonly resumedMs: readonly number[];
}

const HELD_MS = 10_000;
const GONE_MS = 1_000;
/** Older than any timer of the outage: the longest is the 20 s after which a silent connection is given up. */
const OBSERVED_MS = 22_000;

const ENQUEUE_INTERVAL_MS = 50;
/** Slow enough that jobs wait and run when the outage begins. */
const SLOW_MODEL_MS = 4_000;
const FAST_MODEL_MS = 100;

const ENVIRONMENT = { WATCH_HEARTBEAT_MS: "1000", QUEUE_CONCURRENCY: "20" };

/** Opens two API processes and two workers that have found Redis. */
export async function openOutageFleet(url: string, model: ModelServer) {
  const fleet = openFleet(url, { ...model.environment, ...ENVIRONMENT });
  const start = async (role: "api" | "worker"): Promise<Replica> => {
    const replica = await fleet.start(role);
    await untilRedis(replica, ANSWERS);
    return replica;
  };
  const [one, two, three, four] = await Promise.all([
    start("api"),
    start("api"),
    start("worker"),
    start("worker"),
  ]);
  return { fleet, apis: [one, two], workers: [three, four] } as const;
}

type OpenFleet = Awaited<ReturnType<typeof openOutageFleet>>;

/** Holds Redis still under load, kills it, brings it back, and looks on until every job has ended. */
export async function playOutage(open: OpenFleet, server: RedisServer, model: ModelServer): Promise<Outage> {
  const { apis, workers } = open;
  const replicas = [...apis, ...workers];
  const health = replicas.map(({ url }) => watchHealth(url));
  await passed(health, 1);
  const load = startLoad([apis[0].url, apis[1].url], ENQUEUE_INTERVAL_MS);
  // A few jobs end before the outage; then they pile up.
  await load.accepted(10);
  model.setDelay(SLOW_MODEL_MS);
  await load.accepted(80);

  const watched = load.jobs.filter(({ seen }) => seen.length > 0 && seen.at(-1)?.type !== "completed");
  const jobId = watched[0]?.jobId ?? "";
  const askAll = async (when: string): Promise<readonly Answer[]> =>
    (await Promise.all(apis.map(({ url }) => callEverything(url, jobId, when)))).flat();

  server.pause();
  const heldMs = performance.now();
  const unnoticed = await askAll("unnoticed");
  await passed(health, 2);
  const noticed = await askAll("noticed");
  const probes = await Promise.all(replicas.map(({ url }) => readProbes(url)));
  // The length of the outage is what is tested: there is nothing to wait for.
  await pass(heldMs + HELD_MS - performance.now());
  await server.kill();
  const gone = await askAll("gone");
  await pass(GONE_MS);

  const before = new Set(load.jobs.map((job) => job.jobId));
  model.setDelay(FAST_MODEL_MS);
  await server.restart();
  const restartedMs = performance.now();
  await passed(health, 3);
  const backMs = performance.now();
  const resumedMs = await Promise.all(workers.map((worker) => endOfNewJob(worker, before)));
  // Whatever comes late of the outage would come now.
  await pass(heldMs + OBSERVED_MS - performance.now());
  await load.finish();
  return {
    ...open,
    ...{ load, watched, heldMs, restartedMs, backMs, probes, resumedMs },
    answers: [...unnoticed, ...noticed, ...gone],
    health: await passed(health, 3),
  };
}

function passed(health: readonly Gate<Status>[], count: number): Promise<readonly (readonly Status[])[]> {
  return Promise.all(health.map((statuses) => statuses.passed(count)));
}

async function endOfNewJob({ line }: Replica, before: ReadonlySet<unknown>): Promise<number> {
  await line(({ msg, jobId }) => msg === "job ended" && !before.has(jobId));
  return performance.now();
}
