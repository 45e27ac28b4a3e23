import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sampleContent } from "./samples.ts";

/** An OpenAI-compatible model that writes the same report for every commit, and remembers who asked. */
export interface ModelServer {
  /** The environment of a stepper that uses it, and no limit on how often. */
  readonly environment: Readonly<Record<string, string>>;
  /** The commit of every call, in the order in which they came. */
  readonly calls: readonly string[];
  /** From now on each call is answered after so long; 0 at first. */
  setDelay(ms: number): void;
  /** From now on each call is answered with this status; 200 at first. */
  setStatus(status: number): void;
  close(): Promise<void>;
}

/** Starts a model on a free port of 127.0.0.1. */
export async function startModelServer(): Promise<ModelServer> {
  const calls: string[] = [];
  const answer = { delayMs: 0, status: 200 };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    calls.push(toCommit(await readText(request)));
    const { status, delayMs } = answer;
    setTimeout(() => send(response, status), delayMs);
  }

  const server = createServer((request, response) => void handle(request, response).catch(() => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      OPENAI_COMPATIBLE_ENABLED: "true",
      OPENAI_COMPATIBLE_URL: `http://127.0.0.1:${port}/v1`,
      OPENAI_COMPATIBLE_MODEL: "test-model",
      OPENAI_COMPATIBLE_RPS: "",
      OPENAI_COMPATIBLE_CONCURRENCY: "1000",
    },
    calls,
    setDelay: (ms) => void (answer.delayMs = ms),
    setStatus: (status) => void (answer.status = status),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** The prompt names the commit in a line of its own. */
function toCommit(body: string): string {
  return /Commit: ([^\\"\s]+)/.exec(body)?.[1] ?? "";
}

function send(response: ServerResponse, status: number): void {
  const body =
    status === 200
      ? {
          id: "chatcmpl-1",
          object: "chat.completion",
          created: 1_700_000_000,
          model: "test-model",
          choices: [
            {
              index: 0,
              message: { role: "assistant", content: JSON.stringify(sampleContent()) },
              finish_reason: "stop",
            },
          ],
          usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
        }
      : { error: { message: "no", type: "server_error" } };
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
