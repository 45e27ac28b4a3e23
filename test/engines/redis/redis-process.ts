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
  close(): Promise<void>;
}

type ToOptions = (port: number) => Readonly<Record<string, string>>;

/** Starts a `redis-server` that keeps nothing, on a free port of 127.0.0.1. */
export async function startRedis(toOptions: ToOptions): Promise<RedisProcess> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-redis-"));
  const port = await findFreePort();
  const options = { bind: "127.0.0.1", dir: folder, save: "", ...toOptions(port) };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  const exited = once(child, "exit");
  const lines = createGate<string>();
  createInterface({ input: child.stdout }).on("line", lines.pass);
  const logged = async (text: string): Promise<void> => {
    for (let count = 1; ; count += 1) if ((await lines.passed(count))[count - 1]?.includes(text)) return;
  };
  await Promise.race([logged("Ready to accept connections"), exited.then(() => failed(child))]);
  return {
    port,
    logged,
    close: async () => {
      child.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function failed({ exitCode }: ChildProcess): never {
  throw new Error(`redis-server ended with ${exitCode}`);
}

/** Two nodes, each with half of the slots: so most clients are sent on from the one that they ask first. */
export async function startRedisCluster(): Promise<{ readonly url: string; close(): Promise<void> }> {
  // By default the nodes would talk on a port that may be out of bounds.
  const busPorts = [await findFreePort(), await findFreePort()];
  const nodes = await Promise.all(
    busPorts.map((busPort) =>
      startRedis((port) => ({
        port: String(port),
        "cluster-enabled": "yes",
        "cluster-port": String(busPort),
      })),
    ),
  );
  const [first, second] = nodes;
  if (first === undefined || second === undefined) throw new Error("a cluster has two nodes");
  const call = (port: number, ...args: string[]) =>
    run("redis-cli", ["-p", String(port), "cluster", ...args]);
  await call(first.port, "addslotsrange", "0", "8191");
  await call(second.port, "addslotsrange", "8192", "16383");
  await call(first.port, "meet", "127.0.0.1", String(second.port), String(busPorts[1]));
  await Promise.all(nodes.map((node) => node.logged("Cluster state changed: ok")));
  return {
    url: nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(","),
    close: async () => {
      await Promise.all(nodes.map((node) => node.close()));
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
