import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Bench } from "./scenario.ts";

/** A program of `bench/subjects` in a process of its own. */
export interface Subject {
  /** Asks it for something; it answers one question at a time. */
  ask(question: object): Promise<unknown>;
  /** What it said when it was ready. */
  readonly hello: unknown;
}

/** Starts a subject, which sends a message when it is ready, and one for each that it gets. */
export async function startSubject(bench: Bench, name: string, args: readonly string[]): Promise<Subject> {
  const file = fileURLToPath(new URL(`../subjects/${name}.ts`, import.meta.url));
  const child = fork(file, args, { execArgv: ["--import", import.meta.resolve("tsx")] });
  const closed = once(child, "close");
  bench.endLater(() => {
    child.kill("SIGKILL");
    return closed;
  });
  const died = closed.then(() => Promise.reject(new Error(`the subject ${name} has ended`)));
  died.catch(() => undefined);
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, "message"), died])) as [unknown];
    return message;
  };
  return {
    hello: await answer(),
    ask: (question) => {
      const answered = answer();
      child.send(question);
      return answered;
    },
  };
}
