import type { Redis } from "ioredis";
import type { RedisClient } from "./connections.ts";
import { loadIoredis } from "./load-client.ts";

/**
 * Has all commands of one turn written at its end, with one system call: ioredis writes each as it comes, which takes
 * longer than all else that it does for a command. Unlike its own pipelines this changes nothing for a command: each is
 * still answered, fails, and is sent again by itself.
 */
export function batchWrites(client: RedisClient): void {
  if (client instanceof loadIoredis().Cluster) client.on("+node", batchWritesOf);
  else batchWritesOf(client);
}

function batchWritesOf(redis: Redis): void {
  redis.on("connect", () => {
    const { stream } = redis;
    const write = stream.write.bind(stream);
    let isCorked = false;
    const uncork = (): void => {
      isCorked = false;
      stream.uncork();
    };
    stream.write = ((...data: Parameters<typeof write>) => {
      if (!isCorked) {
        isCorked = true;
        stream.cork();
        process.nextTick(uncork);
      }
      return write(...data);
    }) as typeof stream.write;
  });
}
