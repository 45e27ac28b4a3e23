import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { findFreePort } from "../../test/support/free-port.ts";
import type { Bench } from "./scenario.ts";

/** Starts a Redis that keeps nothing on disk; answers with its URL. */
export async function startRedis(bench: Bench): Promise<string> {
  const port = String(await findFreePort());
  const args = [
    "--port",
    port,
    "--bind",
    "127.0.0.1",
    "--dir",
    bench.folder,
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "ignore"] });
  const closed = once(child, "close");
  bench.endLater(() => {
    child.kill("SIGTERM");
    return closed;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes("Ready to accept connections")) break;
  }
  child.stdout.resume();
  return `redis://127.0.0.1:${port}`;
}
