import type { Cluster, Redis, RedisOptions } from "ioredis";
import { loadIoredis } from "./load-client.ts";

/** A connection to one Redis, or to the nodes of a cluster. */
export type RedisClient = Redis | Cluster;

const DEFAULT_PORT = 6379;

/** Longest time between two tries to connect again: Redis is found soon after it is back. */
const MAX_RECONNECT_DELAY_MS = 1_000;

/** Longest wait for a TCP connection and its TLS. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * How long a connection that was ended may stay open. Its timer runs even when the connection was gone before, and keeps
 * a program alive that has nothing more to do.
 */
const DISCONNECT_TIMEOUT_MS = 100;

/** How long a node of a cluster that sent us on, or that is gone, is left alone before we ask again. */
const REDIRECT_DELAY_MS = 100;

const OPTIONS: RedisOptions = {
  // Commands wait for Redis to come back, and are sent again after a broken connection; who may not wait puts a bound
  // around the call (see access.ts). BullMQ asks for this too.
  maxRetriesPerRequest: null,
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: DISCONNECT_TIMEOUT_MS,
  retryStrategy: reconnectDelayMs,
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
  const { Redis } = loadIoredis();
  const nodes = toNodes(url);
  return quietly(nodes.length === 1 ? new Redis(nodes[0], OPTIONS) : connectCluster(nodes));
}

/**
 * Connects for doorbells, to one node, and to the next one when it is lost: a cluster carries to each of its nodes what is
 * published at any. The subscriber that ioredis has for a cluster is made anew without a word to us, and what was
 * published meanwhile would ring for nobody.
 */
export function connectSubscriber(url: string): Redis {
  const { Redis } = loadIoredis();
  const nodes = toNodes(url);
  let turn = 0;
  const client: Redis = new Redis(nodes[0], {
    ...OPTIONS,
    retryStrategy: (times) => {
      turn += 1;
      const { hostname, port } = new URL(nodes[turn % nodes.length] ?? nodes[0]);
      // An IPv6 address has brackets in a URL only.
      client.options.host = hostname.replace(/^\[|\]$/g, "");
      client.options.port = Number(port || DEFAULT_PORT);
      return reconnectDelayMs(times);
    },
  });
  return quietly(client);
}

type Nodes = readonly [string, ...string[]];

function toNodes(url: string): Nodes {
  const [first = "", ...others] = url.split(",").map((node) => node.trim());
  return [first, ...others];
}

function quietly<Client extends RedisClient>(client: Client): Client {
  client.on("error", () => undefined);
  return client;
}

function connectCluster(nodes: Nodes): Cluster {
  const { Cluster } = loadIoredis();
  const { username, password, protocol } = new URL(nodes[0]);
  const { retryStrategy: _, ...options } = OPTIONS;
  return new Cluster([...nodes], {
    redisOptions: {
      ...options,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === "rediss:" && { tls: {} }),
    },
    clusterRetryStrategy: reconnectDelayMs,
    // As with one Redis: a command waits until the node that has its keys is back, or until another one has taken over,
    // which takes a cluster some 15 s. By default it would fail after a second and a half.
    maxRedirections: Infinity,
    retryDelayOnMoved: REDIRECT_DELAY_MS,
    retryDelayOnFailover: REDIRECT_DELAY_MS,
    retryDelayOnClusterDown: REDIRECT_DELAY_MS,
    retryDelayOnTryAgain: REDIRECT_DELAY_MS,
    // Managed clusters with TLS name their nodes by host, whose certificates an address would not match.
    ...(protocol === "rediss:" && { dnsLookup: (address, callback) => callback(null, address) }),
  });
}

function reconnectDelayMs(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), MAX_RECONNECT_DELAY_MS);
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
