import { once } from "node:events";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createGate } from "./gate.ts";

/** A message as Discord's webhooks take it. */
interface DiscordMessage {
  readonly username?: string;
  readonly embeds: readonly [
    {
      readonly title: string;
      readonly description: string;
      readonly color: number;
      readonly timestamp: string;
      readonly footer?: { readonly text: string };
    },
  ];
  readonly allowed_mentions: { readonly parse: readonly string[] };
}

/** One answer: a status with its headers, or none at all. */
type DiscordAnswer =
  "hang" | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** A Discord that takes messages at a webhook, and answers as it is told to. */
export interface DiscordServer {
  readonly webhookUrl: string;
  /** Every message so far, once there are at least `count`; refused ones too. */
  received(count: number): Promise<readonly DiscordMessage[]>;
  /** The answers to the next messages; those that follow get 204. */
  answerWith(...answers: readonly DiscordAnswer[]): void;
  close(): Promise<void>;
}

const TAKEN: DiscordAnswer = { status: 204 };

export async function startDiscordServer(): Promise<DiscordServer> {
  const gate = createGate<DiscordMessage>();
  const answers: DiscordAnswer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.once("end", () => {
      gate.pass(JSON.parse(Buffer.concat(chunks).toString()) as DiscordMessage);
      answer(response, answers.shift() ?? TAKEN);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    webhookUrl: `http://127.0.0.1:${port}/api/webhooks/1/secret-token`,
    received: gate.passed,
    answerWith: (...next) => void answers.push(...next),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function answer(response: ServerResponse, given: DiscordAnswer): void {
  if (given === "hang") return;
  response.writeHead(given.status, given.headers).end();
}
