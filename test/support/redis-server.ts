import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A real Redis for a test file. */
export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** The Redis at `REDIS_URL`, or a `redis-server` of our own on a free port. Undefined when there is neither. */
export async function startRedisServer(): Promise<RedisServer | undefined> {
  const { REDIS_URL, CI } = process.env;
  if (REDIS_URL) return { url: REDIS_URL, stop: () => Promise.resolve() };
  const started = await startOwn();
  if (started === undefined && CI) throw new Error("CI needs a Redis: set REDIS_URL or install redis-server");
  return started;
}

async function startOwn(): Promise<RedisServer | undefined> {
  const port = await findFreePort();
  const folder = await mkdtemp(join(tmpdir(), "stepper-redis-"));
  const child = spawn("redis-server", [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
  ]);
  const lines = createInterface({ input: child.stdout });
  const outcome = new Promise<boolean>((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", () => resolve(false));
    lines.on("line", (line) => line.includes("Ready to accept connections") && resolve(true));
  });
  if (!(await outcome)) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
