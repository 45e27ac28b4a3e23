import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGate } from "../support/gate.ts";
import { sampleContent } from "../support/samples.ts";

/** A Hugging Face Space that answers when the test says so. */
export interface HeldSpace {
  /** The environment of a stepper that uses it, and no limit on how often. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves when it has been called `count` times, in all. */
  called(count: number): Promise<void>;
  /** Waits for the next calls that have no answer yet, and answers them. */
  answer(count: number): Promise<void>;
  /** Answers every call, those that wait and those to come. */
  release(): void;
  close(): void;
}

/** Starts a Space on a free port of 127.0.0.1. */
export async function startHeldSpace(): Promise<HeldSpace> {
  const calls = createGate<ServerResponse>();
  let answered = 0;
  let isReleased = false;
  const waiting = new Set<ServerResponse>();
  const server = createServer((_, response) => {
    waiting.add(response);
    calls.pass(response);
    if (isReleased) send(response);
  });
  const send = (response: ServerResponse): void => {
    if (!waiting.delete(response)) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ report: JSON.stringify(sampleContent()) }));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      HF_SPACE_ENABLED: "true",
      HF_SPACE_URL: `http://127.0.0.1:${port}`,
      HF_SPACE_RPS: "",
      HF_SPACE_CONCURRENCY: "1000",
    },
    called: async (count) => {
      await calls.passed(count);
    },
    answer: async (count) => {
      const from = answered;
      answered += count;
      const seen = await calls.passed(from + count);
      seen.slice(from, from + count).forEach(send);
    },
    release: () => {
      isReleased = true;
      waiting.forEach(send);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
