import type { Clock, Reachability } from "../../core/ports.ts";
import type { RedisClient } from "./connections.ts";
import { loadIoredis } from "./load-client.ts";
import { sleepAwake } from "./sleep-awake.ts";

/** Whether Redis answers, found out by asking it. */
export interface RedisReachability extends Reachability {
  /** Whether Redis answers; at the very start this waits for the first answer, or for the lack of one. */
  check(): Promise<boolean>;
  close(): void;
}

interface ReachabilityOptions {
  /** Every connection that must answer. */
  readonly clients: readonly RedisClient[];
  /** Any key of ours: of a cluster, the node that holds it must answer, and the others do not matter. */
  readonly key: string;
  readonly clock: Clock;
}

/** How often Redis is asked. */
const PROBE_INTERVAL_MS = 1_000;

/** How long it may take to answer. A Redis that is stopped, not gone, keeps its connections open and says nothing. */
const PROBE_TIMEOUT_MS = 1_000;

/**
 * A connection whose other end has vanished without a word is made anew after so many silent probes: half a minute. Not
 * sooner, since a Redis that was only held still does what it has been sent, and again what is sent anew.
 */
const MAX_SILENT_PROBES = 15;

/**
 * Follows whether Redis answers.
 *
 *   unknown ──(an answer)──► up ◄──(an answer)──────────────── down
 *      │                     └──(silence, or a closed connection)──► ▲
 *      └──(no answer in time)────────────────────────────────────────┘
 */
export function createReachability({ clients, key, clock }: ReachabilityOptions): RedisReachability {
  const listeners = new Set<(isReachable: boolean) => void>();
  const closed = new AbortController();
  let isUp: boolean | undefined;
  let silentProbes = 0;
  let wake = new AbortController();
  let becomeKnown = (): void => undefined;
  const known = new Promise<void>((resolve) => (becomeKnown = resolve));

  function set(isUpNow: boolean): void {
    if (isUp === isUpNow || closed.signal.aborted) return;
    isUp = isUpNow;
    becomeKnown();
    for (const listener of listeners) listener(isUpNow);
  }

  async function answersInTime(): Promise<boolean> {
    const done = new AbortController();
    const late = sleepAwake(clock, PROBE_TIMEOUT_MS, done.signal).then(() => false);
    const answer = Promise.all(clients.map((client) => ask(client, key))).then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([answer, late]);
    } finally {
      done.abort();
    }
  }

  const canAnswer = (): boolean => clients.every(({ status }) => status === "ready");

  async function watch(): Promise<void> {
    while (!closed.signal.aborted) {
      wake = new AbortController();
      const isConnected = canAnswer();
      // A connection may break while another answers.
      const answers = isConnected && (await answersInTime()) && canAnswer();
      // At the start a connection gets as long as a probe to be made.
      if (isConnected || isUp !== undefined) set(answers);
      silentProbes = isConnected && !answers ? silentProbes + 1 : 0;
      if (silentProbes === MAX_SILENT_PROBES) reconnect();
      await sleepAwake(clock, PROBE_INTERVAL_MS, wake.signal);
      if (isUp === undefined && !wake.signal.aborted) set(false);
    }
  }

  function reconnect(): void {
    silentProbes = 0;
    for (const client of clients) client.disconnect(true);
  }

  const lose = (): void => {
    if (isUp) set(false);
  };
  const probe = (): void => wake.abort();
  for (const client of clients) {
    client.on("close", lose);
    client.on("ready", probe);
  }
  void watch();

  return {
    isReachable: () => isUp === true,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    check: async () => {
      await known;
      return isUp === true;
    },
    close: () => {
      for (const client of clients) {
        client.off("close", lose);
        client.off("ready", probe);
      }
      // No news for anybody: whoever closes it knows.
      listeners.clear();
      set(false);
      closed.abort();
      wake.abort();
    },
  };
}

async function ask(client: RedisClient, key: string): Promise<void> {
  // A ping would go to any node of a cluster.
  await (client instanceof loadIoredis().Cluster ? client.exists(key) : client.ping());
}
