import { EventEmitter } from "node:events";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";
import { createDeferred } from "../../support/deferred.ts";
import type { Deferred } from "../../support/deferred.ts";

/** A connection that is up or down, and answers or is silent, as a test says. */
export interface FakeClient {
  readonly client: RedisClient;
  /** Pings that have no answer yet. */
  readonly unanswered: Deferred<void>[];
  /** How often it has been pinged. */
  pings(): number;
  /** From now on pings are answered at once, or not at all. */
  setSilent(isSilent: boolean): void;
  connect(): void;
  lose(): void;
  listeners(): number;
}

/** A connection that is being made. */
export function createFakeClient(): FakeClient {
  const unanswered: Deferred<void>[] = [];
  let isSilent = false;
  let pings = 0;
  const events = new EventEmitter();
  const client = Object.assign(events, {
    status: "connecting",
    ping: async (): Promise<string> => {
      pings += 1;
      if (isSilent) {
        const answer = createDeferred();
        unanswered.push(answer);
        await answer.promise;
      }
      return "PONG";
    },
  });
  return {
    client: client as unknown as RedisClient,
    unanswered,
    pings: () => pings,
    setSilent: (silent) => void (isSilent = silent),
    connect: () => {
      client.status = "ready";
      client.emit("ready");
    },
    lose: () => {
      client.status = "reconnecting";
      client.emit("close");
    },
    listeners: () => client.listenerCount("close") + client.listenerCount("ready"),
  };
}
