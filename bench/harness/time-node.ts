import { spawn } from "node:child_process";
import { once } from "node:events";

/** How long Node takes to start, do nothing, and end. */
export async function timeEmptyNode(): Promise<number> {
  const startedAtMs = performance.now();
  await once(spawn(process.execPath, ["--eval", "0"], { stdio: "ignore" }), "close");
  return performance.now() - startedAtMs;
}
