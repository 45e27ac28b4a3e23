import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server answers. An object body is sent as JSON, a string as it is. */
export interface VendorReply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `hang` never answers; `reset` breaks the connection halfway through the body. */
  readonly fault?: "hang" | "reset";
}

/** A request as it came in; a body of JSON is parsed. */
interface VendorRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Resolves when the connection is closed, or the answer is sent. */
  readonly ended: Promise<void>;
}

/** A vendor played by a script, over real sockets. */
export interface VendorServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly VendorRequest[];
  /** Adds answers, one for each request to come. When none is left, `otherwise` answers. */
  reply(...replies: VendorReply[]): void;
  /** The next request that comes in. */
  nextRequest(): Promise<VendorRequest>;
  close(): Promise<void>;
}

const UNSCRIPTED: VendorReply = { status: 500, body: "no reply is scripted for this request" };

/** Starts a server on a free port of 127.0.0.1. */
export async function startVendorServer(otherwise: VendorReply = UNSCRIPTED): Promise<VendorServer> {
  const requests: VendorRequest[] = [];
  const replies: VendorReply[] = [];
  let waiting: ((request: VendorRequest) => void)[] = [];

  const server = createServer((message, response) => {
    void readRequest(message, response).then((request) => {
      requests.push(request);
      send(response, replies.shift() ?? otherwise);
      for (const resolve of waiting) resolve(request);
      waiting = [];
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reply: (...added) => void replies.push(...added),
    nextRequest: () => new Promise((resolve) => waiting.push(resolve)),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

async function readRequest(message: IncomingMessage, response: ServerResponse): Promise<VendorRequest> {
  const ended = new Promise<void>((resolve) => response.once("close", resolve));
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const { method = "", url: path = "", headers } = message;
  return { method, path, headers, body: parseJson(text), ended };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body = "", fault }: VendorReply): void {
  if (fault === "hang") return;
  const isText = typeof body === "string";
  const text = isText ? body : JSON.stringify(body);
  const type = isText ? "text/html; charset=utf-8" : "application/json";
  if (fault === "reset") {
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(text),
      ...headers,
    });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
    return;
  }
  response.writeHead(status, { "content-type": type, ...headers }).end(text);
}
