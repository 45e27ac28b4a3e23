import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "@jest/globals";
import { findFreePort } from "./free-port.ts";

/** A real Redis for a test file. */
export interface RedisServer {
  readonly url: string;
  /** Holds it still: connections stay open, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it has on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Suites that stop Redis, or change how it is set up, need one of their own. */
interface RedisNeeds {
  readonly own?: boolean;
}

/**
 * Runs suites against the Redis at `REDIS_URL`, or a `redis-server` of our own on a free port. Without either they are
 * skipped, and say so; in CI that is a failure.
 */
export async function describeWithRedis(
  name: string,
  suites: (server: RedisServer) => void,
  { own = false }: RedisNeeds = {},
): Promise<void> {
  const { REDIS_URL, CI } = process.env;
  const server = REDIS_URL && !own ? toExternal(REDIS_URL) : await startOwn();
  if (server === undefined) {
    it(`SKIPPED: ${name} needs redis-server on PATH${own ? "" : ", or REDIS_URL"}`, () => {
      process.stderr.write(`SKIPPED for want of a Redis: ${name}\n`);
      expect(CI).toBeFalsy();
    });
    return;
  }
  afterAll(() => server.stop());
  suites(server);
}

function toExternal(url: string): RedisServer {
  const notOurs = (): never => {
    throw new Error("this Redis is not the tests' own");
  };
  return {
    url,
    pause: notOurs,
    resume: notOurs,
    kill: notOurs,
    restart: notOurs,
    stop: () => Promise.resolve(),
  };
}

/** With an append-only file that is written at once: what was told to be kept is kept. */
async function startOwn(): Promise<RedisServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-redis-"));
  const port = await findFreePort();
  const first = await start(port, folder);
  if (first === undefined) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  let child = first;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGCONT");
    child.kill(signal);
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    kill: () => end("SIGKILL"),
    restart: async () => {
      child = (await start(port, folder)) ?? child;
    },
    stop: async () => {
      await end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Undefined when there is no such program. */
async function start(port: number, folder: string): Promise<ChildProcess | undefined> {
  const child = spawn(
    "redis-server",
    [
      ["--port", String(port)],
      ["--bind", "127.0.0.1"],
      ["--dir", folder],
      ["--save", ""],
      ["--appendonly", "yes"],
      ["--appendfsync", "always"],
    ].flat(),
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
    lines.on("line", (line) => line.includes("Ready to accept connections") && resolve(child));
  });
}
