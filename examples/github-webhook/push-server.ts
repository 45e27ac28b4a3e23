import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { readPush } from "./push-event.ts";
import type { Commit } from "./push-event.ts";

/** GitHub sends no more than this. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

interface PushServerOptions {
  /** The secret that the webhook has on GitHub. Without one, anybody may post. */
  readonly secret: string | undefined;
  /** Called for each new commit of a push, after GitHub has got its answer. */
  readonly onCommit: (commit: Commit) => void;
}

interface Answer {
  readonly status: number;
  readonly message: string;
  readonly commits?: readonly Commit[];
}

/** Takes GitHub's webhook at `POST /webhook`. */
export function createPushServer(options: PushServerOptions): Server {
  return createServer((request, response) => {
    answer(request, options.secret).then(
      ({ status, message, commits = [] }) => {
        // What is left of a body that was too long is not read any more.
        if (status === 413) response.setHeader("connection", "close");
        response.writeHead(status, { "content-type": "text/plain" }).end(`${message}\n`);
        for (const commit of commits) options.onCommit(commit);
      },
      // The request broke off: nobody is there to answer.
      () => response.destroy(),
    );
  });
}

async function answer(request: IncomingMessage, secret: string | undefined): Promise<Answer> {
  if (request.url !== "/webhook") return { status: 404, message: "not here: POST /webhook" };
  if (request.method !== "POST") return { status: 405, message: "only POST" };
  const body = await readBody(request);
  if (body === undefined) return { status: 413, message: "too long" };
  if (secret !== undefined && !isSigned(body, request.headers["x-hub-signature-256"], secret)) {
    return { status: 401, message: "not signed with this webhook's secret" };
  }
  if (request.headers["x-github-event"] !== "push")
    return { status: 200, message: "only pushes matter here" };
  const commits = readPush(body.toString());
  if (commits === undefined)
    return { status: 400, message: "no push event; set the content type to application/json" };
  return { status: 202, message: `commits: ${commits.length}`, commits };
}

/** The whole body; undefined when it is too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
function isSigned(body: Buffer, signature: string | string[] | undefined, secret: string): boolean {
  const expected = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  const given = Buffer.from(String(signature));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
