import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findFreePort } from "../../test/support/free-port.ts";
import type { Bench } from "./scenario.ts";

type Environment = Readonly<Record<string, string>>;

const COMMAND = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
const READY_POLL_MS = 2;
const LONGEST_START_MS = 30_000;

/** A `stepper serve` in a process of its own, as it is built and shipped. */
export interface StepperProcess {
  readonly url: string;
  /** From its start until `/readyz` was answered with 200. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/**
 * Starts one, with its log in a file, or read from a pipe, as collectors do. Without more in `environment` it has no keys,
 * and no limits.
 */
export async function startStepper(
  bench: Bench,
  environment: Environment,
  logTo: "file" | "pipe" = "file",
): Promise<StepperProcess> {
  const port = await findFreePort();
  const log = await open(join(bench.folder, `stepper-${port}.log`), "w");
  const url = `http://127.0.0.1:${port}`;
  const startedAtMs = performance.now();
  const serve = [process.execPath, COMMAND, "serve"];
  const piped = ["bash", "-c", 'exec "$@" > >(exec cat) 2>&1', "bash", ...serve];
  const [program = "", ...args] = logTo === "pipe" ? piped : serve;
  const child = spawn(program, args, {
    // Of the surrounding environment it gets nothing but where programs are.
    env: { PATH: process.env.PATH, PORT: String(port), HOST: "127.0.0.1", ...NO_LIMITS, ...environment },
    cwd: bench.folder,
    stdio: ["ignore", log.fd, log.fd],
  });
  const closed = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
    await log.close().catch(() => undefined);
  };
  bench.endLater(stop);
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() - startedAtMs > LONGEST_START_MS) {
      throw new Error("stepper does not start; has it been built?");
    }
    await sleep(READY_POLL_MS);
  }
  return { url, readyMs: performance.now() - startedAtMs, stop };
}

const NO_LIMITS = { RATE_LIMIT_ENABLED: "false" };

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`).catch(() => undefined);
  await response?.text();
  return response?.ok === true;
}
