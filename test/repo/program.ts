import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program that runs until it is stopped. */
export interface Program {
  /** Its first line on stdout that matches, past or to come. @throws when it ends before. */
  line(pattern: RegExp): Promise<string>;
  /** Waits for its end and answers with the exit code. */
  ended(): Promise<number | null>;
  /** Sends SIGTERM, unless it has ended, and answers with the exit code. */
  stop(): Promise<number | null>;
}

interface ProgramOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts a program; only PATH and what is given stand in its environment. */
export function startProgram(
  command: string,
  args: readonly string[],
  { cwd, environment = {} }: ProgramOptions,
): Program {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const lines: string[] = [];
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const reader = createInterface({ input: child.stdout }).on("line", (line) => void lines.push(line));
  const closed = once(child, "close") as Promise<[number | null]>;
  closed.catch(() => undefined);

  async function line(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = lines.find((text) => pattern.test(text));
      if (found !== undefined) return found;
      const gone = closed.then(() => {
        throw new Error(`the program ended:\n${lines.join("\n")}\n${errors}`);
      });
      await Promise.race([once(reader, "line"), gone]);
    }
  }

  const ended = async () => (await closed)[0];
  return {
    line,
    ended,
    stop: () => {
      // A second SIGTERM would end it at once.
      if (child.exitCode === null && !child.killed) child.kill("SIGTERM");
      return ended();
    },
  };
}
