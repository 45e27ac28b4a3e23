import { Cluster } from "ioredis";
import type { Redis } from "ioredis";

/**
 * Ends the timer of `socketTimeout` with the connection that it watches. ioredis 5 lets it run on, and it then ends the
 * next connection, or keeps a process alive that has nothing more to do (redis/ioredis#2147; mended in 6). Copies are
 * watched too, since BullMQ makes one of its own.
 */
export function watchSocketTimer(client: Redis | Cluster): void {
  if (client instanceof Cluster) {
    client.on("+node", watchSocketTimer);
  } else {
    client.on("close", () => {
      clearTimeout(client["socketTimeoutTimer"] as NodeJS.Timeout | undefined);
      client["socketTimeoutTimer"] = undefined;
    });
  }
  const duplicate = client.duplicate.bind(client) as (...args: unknown[]) => Redis | Cluster;
  client.duplicate = (...args: unknown[]): never => {
    const copy = duplicate(...args);
    watchSocketTimer(copy);
    return copy as never;
  };
}
