import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createGate } from "./gate.ts";

const COMMAND = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** A line of the process's log. */
type LogLine = Readonly<Record<string, unknown>>;

/** A real `stepper serve` in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Resolves with the first line, past or to come, that `matches`. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>;
  /** Everything written so far, for looking for what must not be there. */
  output(): string;
  /** Sends SIGTERM and answers with the exit code. */
  stop(): Promise<number | null>;
}

/** How a process ended that was not meant to stay. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProcessOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Starts `stepper` with arguments; only PATH and what is given stand in its environment. */
function startCommand(args: readonly string[], { environment = {}, cwd = tmpdir() }: ProcessOptions = {}) {
  const tsx = import.meta.resolve("tsx");
  const child = spawn(process.execPath, ["--import", tsx, COMMAND, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return child;
}

/** Runs `stepper` to its end. */
export async function runCommand(args: readonly string[], options?: ProcessOptions): Promise<Ended> {
  const child = startCommand(args, options);
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}

/** Starts a server on a free port of 127.0.0.1 and waits until it listens. */
export async function startServerProcess(options: ProcessOptions = {}): Promise<ServerProcess> {
  // Tests call more often than a client may.
  const defaults = { PORT: "0", HOST: "127.0.0.1", RATE_LIMIT_ENABLED: "false" };
  const environment = { ...defaults, ...options.environment };
  const child = startCommand(["serve"], { ...options, environment });
  const lines = createGate<LogLine>();
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  createInterface({ input: child.stdout }).on("line", (text) => {
    output += `${text}\n`;
    lines.pass(JSON.parse(text) as LogLine);
  });
  const closed = once(child, "close");
  const ended = closed.then(() => {
    throw new Error(`the server ended:\n${output}`);
  });
  ended.catch(() => undefined);

  async function line(matches: (line: LogLine) => boolean): Promise<LogLine> {
    for (let count = 1; ; count += 1) {
      const seen = await Promise.race([lines.passed(count), ended]);
      const last = seen[count - 1];
      if (last !== undefined && matches(last)) return last;
    }
  }

  const { port } = (await line(({ msg }) => msg === "listening")) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    child,
    line,
    output: () => output,
    stop: async () => {
      // A second SIGTERM would end it at once.
      if (!child.killed) child.kill("SIGTERM");
      await closed;
      return child.exitCode;
    },
  };
}
