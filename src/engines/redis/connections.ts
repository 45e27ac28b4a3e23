import { Cluster, Redis } from "ioredis";
import type { RedisOptions } from "ioredis";

/** A connection to one Redis, or to the nodes of a cluster. */
export type RedisClient = Redis | Cluster;

/** Longest time between two tries to connect again: Redis is found soon after it is back. */
const MAX_RECONNECT_DELAY_MS = 1_000;

/** Longest wait for a TCP connection and its TLS. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How long a connection that was ended may stay open. Its timer runs even when the connection was gone before, and keeps
 * a program alive that has nothing more to do.
 */
const DISCONNECT_TIMEOUT_MS = 100;

const OPTIONS: RedisOptions = {
  // Commands wait for Redis to come back, and are sent again after a broken connection; who may not wait puts a bound
  // around the call (see access.ts). BullMQ asks for this too.
  maxRetriesPerRequest: null,
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RECONNECT_DELAY_MS),
  // After a failover the old primary answers so: look for the new one.
  reconnectOnError: (error) => (error.message.startsWith("READONLY") ? 2 : false),
  // The doorbells do it themselves, and ring when it is done.
  autoResubscribe: false,
};

/**
 * Connects to `redis://` or `rediss://` addresses; several, separated by commas, are nodes of one cluster. A lost
 * connection is made anew for ever. Errors are no news of their own: the reachability tells of them once.
 */
export function connect(url: string): RedisClient {
  const nodes = url.split(",").map((node) => node.trim());
  const [first = ""] = nodes;
  const client = nodes.length === 1 ? new Redis(first, OPTIONS) : connectCluster(nodes);
  client.on("error", () => undefined);
  return client;
}

function connectCluster(nodes: readonly string[]): Cluster {
  const [first = ""] = nodes;
  const { username, password, protocol } = new URL(first);
  const { retryStrategy: _, ...options } = OPTIONS;
  return new Cluster([...nodes], {
    redisOptions: {
      ...options,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" && { tls: {} }),
    },
    clusterRetryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RECONNECT_DELAY_MS),
    // Managed clusters with TLS name their nodes by host, whose certificates an address would not match.
    ...(protocol === "rediss:" && { dnsLookup: (address, callback) => callback(null, address) }),
  });
}

/** Says goodbye to a Redis that answers, and leaves one that doesn't. */
export async function disconnect(client: RedisClient, waitMs: number): Promise<void> {
  if (client.status === "ready") {
    const farewell = client.quit().catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise((resolve) => (timer = setTimeout(resolve, waitMs)));
    await Promise.race([farewell, tooLate]);
    clearTimeout(timer);
  }
  client.disconnect();
}
