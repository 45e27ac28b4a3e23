import type { Clock, Engine, RateCounter, ReportCache, WorkerStores } from "../../core/ports.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createBoundedAccess, patientAccess } from "./access.ts";
import type { RedisAccess } from "./access.ts";
import { connect, connectSubscriber, disconnect } from "./connections.ts";
import { createRedisDeadLetters } from "./dead-letters.ts";
import { createDoorbells } from "./doorbells.ts";
import { createHotReports } from "./hot-reports.ts";
import { createRedisJobLog } from "./job-log.ts";
import { createRedisJobQueue } from "./job-queue.ts";
import { createRedisKeys } from "./keys.ts";
import { createRedisPacer } from "./pacer.ts";
import { createRedisRateCounter } from "./rate-counter.ts";
import { loadBullmq } from "./load-client.ts";
import { createReachability } from "./reachability.ts";
import { createRedisReportCache } from "./report-cache.ts";
import { findServerWarnings } from "./server-warnings.ts";

/** Where Redis is, and how this process uses it. */
export interface RedisEngineOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts calls while Redis is away. */
  readonly localRateCounter: RateCounter;
  /** `redis://` or `rediss://`; several, separated by commas, are nodes of one cluster. */
  readonly url: string;
  /** Start of every key. */
  readonly keyPrefix: string;
  readonly queueName: string;
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly maxRuns: number;
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
  readonly retentionMs: number;
}

/** A log that nobody appends to lives this long; no job waits longer. */
const OPEN_LOG_TTL_MS = 30 * 24 * 60 * 60 * 1_000;

/** How long a farewell to Redis may take. */
const QUIT_MS = 500;

/**
 * The engine for many processes. It connects in the background: a Redis that is away at the start is like one that goes
 * away later. Two connections; a third, of BullMQ's own, once it works on jobs.
 */
export function createRedisEngine(options: RedisEngineOptions): Engine {
  const { clock, logger, url, keyPrefix } = options;
  // Before there are connections: loading holds the process up, and a probe that is held up counts as no answer.
  loadBullmq();
  const redis = connect(url);
  const subscriber = connectSubscriber(url);
  const keys = createRedisKeys(keyPrefix);
  const reachability = createReachability({ clients: [redis, subscriber], key: keys.openLogs, clock });
  const bounded = createBoundedAccess({ reachability, clock });
  const doorbells = createDoorbells(subscriber);
  const hotReports = createHotReports({ clock });
  const shared = { ...options, redis, doorbells, keys };

  const createStores = (access: RedisAccess, front: (cache: ReportCache) => ReportCache): WorkerStores => ({
    cache: front(createRedisReportCache({ ...shared, access })),
    log: createRedisJobLog({ ...shared, access, openTtlMs: OPEN_LOG_TTL_MS }),
    deadLetters: createRedisDeadLetters({ ...shared, access }),
  });
  const rateCounter = createRedisRateCounter({
    ...shared,
    access: bounded,
    reachability,
    local: options.localRateCounter,
  });
  const queue = createRedisJobQueue({
    ...shared,
    access: bounded,
    prefix: keyPrefix,
    name: options.queueName,
    onError: (error) => logger.debug({ err: error }, "trouble between the queue and Redis"),
  });

  reachability.onChange((isReachable) => {
    if (isReachable) logger.info("Redis answers");
    else logger.error("Redis does not answer: calls are refused, and jobs wait, until it does");
  });
  void redis.once("ready", () => void warnOfServer());

  async function warnOfServer(): Promise<void> {
    try {
      for (const warning of await findServerWarnings(redis)) logger.warn(warning);
    } catch (error) {
      logger.debug({ err: error }, "Redis does not tell how it is set up");
    }
  }

  return {
    name: "redis",
    ...createStores(bounded, hotReports.inFrontOf),
    queue,
    rateCounter,
    pacer: createRedisPacer({ ...shared, access: bounded }),
    // A run must know whether its own report is there already.
    worker: createStores(patientAccess, hotReports.toldBy),
    reachability,
    close: async () => {
      reachability.close();
      doorbells.close();
      await rateCounter.close();
      await Promise.all([redis, subscriber].map((client) => disconnect(client, QUIT_MS)));
      await queue.close();
    },
  };
}
