import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

export const SERVICE = "/stepper.v1.ReportService";

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
}

/** A call over HTTP/2 whose body may be left open, and everything that comes back. */
interface RawCall {
  readonly stream: http2.ClientHttp2Stream;
  readonly answer: Promise<Answer>;
}

/** A service, and a client of it that can do what no well-behaved one does. */
export interface RawClient {
  readonly service: TestService;
  readonly url: string;
  /** A new connection, which is ended at the client's close. */
  connect(options?: Partial<net.TcpNetConnectOpts>): net.Socket;
  /** The connection that the calls share. */
  session(options?: http2.ClientSessionOptions): http2.ClientHttp2Session;
  call(path: string, type: string, headers?: http2.OutgoingHttpHeaders): RawCall;
  post(
    path: string,
    type: string,
    body: Buffer | string,
    headers?: http2.OutgoingHttpHeaders,
  ): Promise<Answer>;
  /** Enqueues a commit; resolves with the job's id. */
  enqueue(): Promise<string>;
  /** Watches a job that does not end, until `count` messages have been seen. */
  watchUntil(count: number): Promise<{ readonly stream: http2.ClientHttp2Stream; readonly seen: number }>;
  /** Fails unless others are still answered. */
  expectAlive(): Promise<void>;
  close(): Promise<void>;
}

export async function startRawClient(options?: Parameters<typeof startTestService>[0]): Promise<RawClient> {
  const service = await startTestService(options);
  const { url, port } = service;
  const sockets: net.Socket[] = [];
  let shared: http2.ClientHttp2Session | undefined;

  const client: RawClient = {
    service,
    url,
    connect: (socketOptions) => {
      const socket = net.connect({ port, host: "127.0.0.1", ...socketOptions });
      socket.on("error", () => undefined);
      sockets.push(socket);
      return socket;
    },
    session: (sessionOptions) => {
      if (shared !== undefined) return shared;
      shared = http2.connect(url, sessionOptions);
      return shared.on("error", () => undefined);
    },
    call: (path, type, headers) => {
      const usual = { ":method": "POST", ":path": path, "content-type": type, te: "trailers" };
      const stream = client.session().request({ ...usual, ...headers });
      return { stream, answer: readAnswer(stream) };
    },
    post: (path, type, body, headers) => {
      const { stream, answer } = client.call(path, type, headers);
      stream.end(body);
      return answer;
    },
    enqueue: async () => {
      const response = await fetch(`${url}/v1/reports`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(sampleInput()),
      });
      return ((await response.json()) as { jobId: string }).jobId;
    },
    watchUntil: async (count) => {
      const jobId = await client.enqueue();
      const { stream, answer } = client.call(`${SERVICE}/WatchJob`, "application/grpc");
      stream.end(envelope(Buffer.concat([Buffer.from([0x0a, jobId.length]), Buffer.from(jobId)])));
      let seen = 0;
      const enough = new Promise<void>((resolve) => {
        stream.on("data", () => ((seen += 1) === count ? resolve() : undefined));
      });
      await Promise.race([enough, answer]);
      return { stream, seen };
    },
    expectAlive: async () => {
      const { status } = await fetch(`${url}/livez`);
      if (status !== 200) throw new Error(`others are answered with ${status}`);
    },
    close: async () => {
      shared?.destroy();
      sockets.forEach((socket) => socket.destroy());
      await service.close();
    },
  };
  return client;
}

async function readAnswer(stream: http2.ClientHttp2Stream): Promise<Answer> {
  const chunks: Buffer[] = [];
  let headers: http2.IncomingHttpHeaders = {};
  const see = (more: http2.IncomingHttpHeaders): void => void (headers = { ...headers, ...more });
  stream.on("error", () => undefined);
  stream.on("response", see).on("trailers", see);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "close");
  return { headers, body: Buffer.concat(chunks).toString() };
}

/** One message as gRPC frames it. */
export function envelope(payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/** Unlike `once`, it takes a reset for what it is, too: an end. */
export function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}
