import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { JobEvent } from "../../src/core/job.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { crash } from "./crash.ts";
import { createFrameCutter } from "./resp-frames.ts";

/** Tells whether a command, in the words in which it is sent to Redis, is the one to die after. */
export type CommandTest = (command: string) => boolean;

const isScript: CommandTest = (command) => /^\*\d+\r\n\$\d+\r\neval(sha)?\r\n/i.test(command);

/** The claim of a report that is to be made. */
export const claims: CommandTest = (command) =>
  isScript(command) && command.includes(":claim:") && !command.includes('"report"');

/** A worker's storing of a report, which ends the claim in the same step. */
export const stores: CommandTest = (command) =>
  isScript(command) && command.includes(":claim:") && command.includes('"report"');

/** An event's way into a job's log. */
export const appends =
  (type: JobEvent["type"]): CommandTest =>
  (command) =>
    isScript(command) && command.includes(":log:") && command.includes(`"type":"${type}"`);

/** A job's way into the queue. */
export const adds: CommandTest = (command) => isScript(command) && command.includes('"fingerprint":');

/** A way to Redis that kills who uses it, after a step of its choice. */
export interface KillingProxy {
  /** The way for the process that is to die. */
  readonly url: string;
  /** Kills `process` as soon as Redis has done what `isLast` asks for, before it hears of it; resolves when it is gone. */
  killAfter(process: ServerProcess, isLast: CommandTest): Promise<void>;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1, in front of the Redis at `redisUrl`. */
export async function startKillingProxy(redisUrl: string): Promise<KillingProxy> {
  const sockets = new Set<Socket>();
  let isLast: CommandTest = () => false;
  let kill = (): void => undefined;
  const server = createServer((client) => {
    const redis = connect(toAddress(redisUrl));
    for (const socket of [client, redis]) {
      sockets.add(socket);
      // Whatever breaks one side ends both.
      socket.on("error", () => undefined);
      socket.on("close", () => {
        client.destroy();
        redis.destroy();
      });
    }
    relay(client, redis, { isLast: (command) => isLast(command), onDone: () => kill() });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    killAfter: (process, test) =>
      new Promise((resolve, reject) => {
        isLast = test;
        kill = () => void crash(process).then(resolve, reject);
      }),
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function toAddress(redisUrl: string) {
  const { hostname, port } = new URL(redisUrl);
  return { host: hostname, port: Number(port || 6379) };
}

interface RelayOptions {
  readonly isLast: CommandTest;
  /** Called when Redis has done the last command; its answer, and all that come after it, are kept back. */
  readonly onDone: () => void;
}

/** Redis answers in the order in which it is asked: so the n-th answer is that to the n-th command. */
function relay(client: Socket, redis: Socket, { isLast, onDone }: RelayOptions): void {
  const cutCommands = createFrameCutter();
  const cutAnswers = createFrameCutter();
  /** For each command that has not been answered, whether it is a last one. */
  const open: boolean[] = [];
  let isDone = false;
  client.on("data", (chunk: Buffer) => {
    for (const command of cutCommands(chunk)) open.push(isLast(command.toString()));
    redis.write(chunk);
  });
  redis.on("data", (chunk: Buffer) => {
    for (const answer of cutAnswers(chunk)) {
      // A script that Redis does not know yet has not run, and is sent again as a whole.
      const isLastOne = open.shift() === true && !answer.toString().startsWith("-NOSCRIPT");
      if (isLastOne && !isDone) onDone();
      isDone ||= isLastOne;
      if (!isDone) client.write(answer);
    }
  });
}
