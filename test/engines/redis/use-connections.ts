import { randomUUID } from "node:crypto";
import { afterEach } from "@jest/globals";
import { patientAccess } from "../../../src/engines/redis/access.ts";
import { connect, disconnect } from "../../../src/engines/redis/connections.ts";
import type { RedisClient } from "../../../src/engines/redis/connections.ts";
import { createRedisKeys } from "../../../src/engines/redis/keys.ts";
import type { RedisServer } from "../../support/redis-server.ts";
import { createPassableClock, shortenLives } from "./pass-time.ts";

/** Connections to a Redis that end with each test. */
export function useConnections({ url }: RedisServer) {
  const clients: RedisClient[] = [];

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => disconnect(client, 1_000)));
  });

  function open(): RedisClient {
    const client = connect(url);
    clients.push(client);
    return client;
  }

  /** What a part of the engine needs, under a prefix of its own, in a time that the test can let pass. */
  function createParts() {
    const prefix = randomUUID();
    const redis = open();
    let passedMs = 0;
    const clock = createPassableClock(() => passedMs);
    return {
      prefix,
      redis,
      clock,
      access: patientAccess,
      reachability: { isReachable: () => true },
      keys: createRedisKeys(prefix),
      passTime: async (ms: number): Promise<void> => {
        passedMs += ms;
        await shortenLives(redis, prefix, ms);
      },
    };
  }

  return { open, createParts };
}
