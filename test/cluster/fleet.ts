import { randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import type { Client } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { connect, disconnect } from "../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../src/engines/redis/connections.ts";
import { startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";

/** Speaks gRPC over one HTTP/2 connection of its own. */
export type ReportServiceClient = Client<typeof ReportService>;

/** A `stepper serve` of a fleet. */
export interface Replica extends ServerProcess {
  readonly client: ReportServiceClient;
}

/** Processes that share one place in Redis. */
export interface Fleet {
  readonly prefix: string;
  /** A connection of the test's own, to look at what they keep. */
  readonly redis: RedisClient;
  /** Starts one process; its variables stand over the fleet's. */
  start(role: "all" | "api" | "worker", environment?: Readonly<Record<string, string>>): Promise<Replica>;
  /** Ends every process that still runs as a deploy would, and answers with their exit codes. */
  stop(): Promise<readonly (number | null)[]>;
  /** Ends what is left, at once. */
  close(): Promise<void>;
}

/** Limits on how often somebody calls would stand in the way of a crowd that calls from one address. */
const WITHOUT_LIMITS = { RATE_LIMIT_ENABLED: "false", RETRY_MAX_ATTEMPTS: "1", CIRCUIT_MIN_CALLS: "1000000" };

/** Opens a fleet on the Redis at `url`, under a prefix of its own. */
export function openFleet(url: string, environment: Readonly<Record<string, string>>): Fleet {
  const prefix = randomUUID();
  const redis = connect(url);
  const shared = { ...WITHOUT_LIMITS, REDIS_URL: url, REDIS_KEY_PREFIX: prefix, ...environment };
  const started: Promise<Replica>[] = [];
  return {
    prefix,
    redis,
    start: (role, changes) => {
      const replica = startReplica({ ...shared, STEPPER_ROLE: role, ...changes });
      started.push(replica);
      return replica;
    },
    stop: async () => Promise.all((await Promise.all(started)).map((replica) => replica.stop())),
    close: async () => {
      for (const replica of await Promise.allSettled(started)) {
        if (replica.status === "rejected") continue;
        replica.value.child.kill("SIGKILL");
        await replica.value.stop();
      }
      await disconnect(redis, 1_000);
    },
  };
}

async function startReplica(environment: Readonly<Record<string, string>>): Promise<Replica> {
  const server = await startServerProcess({ environment });
  return { ...server, client: connectTo(server.url) };
}

/** One more connection to a replica. */
export function connectTo(url: string): ReportServiceClient {
  return createClient(ReportService, createGrpcTransport({ baseUrl: url }));
}

/** Holds a process still, so that the test decides when it goes on. By its id, since `child.kill` would count as its end. */
export function freeze({ child }: Replica): void {
  signal(child.pid, "SIGSTOP");
}

export function thaw({ child }: Replica): void {
  signal(child.pid, "SIGCONT");
}

function signal(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) throw new Error("the process has not started");
  process.kill(pid, name);
}
