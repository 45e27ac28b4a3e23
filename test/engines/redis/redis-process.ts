import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createGate } from "../../support/gate.ts";

const run = promisify(execFile);

/** A Redis that is set up in an unusual way. */
export interface RedisProcess {
  readonly port: number;
  /** Resolves when a line of its log, past or to come, has this in it. */
  logged(text: string): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it has on disk. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

type ToOptions = (port: number) => Readonly<Record<string, string>>;

/** Starts a `redis-server` on a free port of 127.0.0.1, with an append-only file that is written at once. */
export async function startRedis(toOptions: ToOptions): Promise<RedisProcess> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-redis-"));
  const port = await findFreePort();
  const always = { bind: "127.0.0.1", dir: folder, save: "", appendonly: "yes", appendfsync: "always" };
  const options = { ...always, ...toOptions(port) };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  let running = await spawnRedis(args);
  return {
    port,
    logged: (text) => running.logged(text),
    kill: () => running.kill(),
    restart: async () => {
      running = await spawnRedis(args);
    },
    close: async () => {
      await running.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function spawnRedis(args: readonly string[]): Promise<Pick<RedisProcess, "logged" | "kill">> {
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit");
  const lines = createGate<string>();
  createInterface({ input: child.stdout }).on("line", lines.pass);
  const logged = async (text: string): Promise<void> => {
    for (let count = 1; ; count += 1) if ((await lines.passed(count))[count - 1]?.includes(text)) return;
  };
  await Promise.race([logged("Ready to accept connections"), exited.then(() => failed(child))]);
  return {
    logged,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

function failed({ exitCode }: ChildProcess): never {
  throw new Error(`redis-server ended with ${exitCode}`);
}

/** Redis of two nodes. */
export interface RedisCluster {
  readonly url: string;
  /** The node with the lower half of the slots, and the one with the upper half. */
  readonly nodes: readonly [RedisProcess, RedisProcess];
  close(): Promise<void>;
}

/** Starts two nodes, each with half of the slots. */
export async function startRedisCluster(): Promise<RedisCluster> {
  // By default the nodes would talk on a port that may be out of bounds.
  const busPorts = [await findFreePort(), await findFreePort()] as const;
  const startNode = (busPort: number) =>
    startRedis((port) => ({
      port: String(port),
      "cluster-enabled": "yes",
      "cluster-port": String(busPort),
    }));
  const nodes = [await startNode(busPorts[0]), await startNode(busPorts[1])] as const;
  const [lower, upper] = nodes;
  const call = ({ port }: RedisProcess, ...args: string[]) =>
    run("redis-cli", ["-p", String(port), "cluster", ...args]);
  await call(lower, "addslotsrange", "0", "8191");
  await call(upper, "addslotsrange", "8192", "16383");
  await call(lower, "meet", "127.0.0.1", String(upper.port), String(busPorts[1]));
  await Promise.all(nodes.map((node) => node.logged(CLUSTER_IS_UP)));
  return {
    url: nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(","),
    nodes,
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

/** What a node logs when every slot is served. */
const CLUSTER_IS_UP = "Cluster state changed: ok";

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
