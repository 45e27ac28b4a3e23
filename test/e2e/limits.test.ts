import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import { END_HEADERS, END_STREAM, FRAME, frame, GET_LIVEZ, GREETING } from "../support/http2-frames.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const SERVICE = "/stepper.v1.ReportService";
const HEALTH_WATCH = "/grpc.health.v1.Health/Watch";
const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

let service: TestService;
let session: http2.ClientHttp2Session | undefined;
let sockets: net.Socket[] = [];

afterEach(async () => {
  session?.destroy();
  sockets.forEach((socket) => socket.destroy());
  session = undefined;
  sockets = [];
  await service.close();
});

function connect(): net.Socket {
  const socket = net.connect(service.port, "127.0.0.1");
  socket.on("error", () => undefined);
  sockets.push(socket);
  return socket;
}

/** Unlike `once`, it takes a reset for what it is, too: an end. */
function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

function openSession(options: http2.ClientSessionOptions = {}): http2.ClientHttp2Session {
  session = http2.connect(service.url, options);
  session.on("error", () => undefined);
  return session;
}

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
}

/** A call over HTTP/2 whose body may be left open, and everything that comes back. */
function request(path: string, type: string, headers: http2.OutgoingHttpHeaders = {}) {
  const stream = (session ?? openSession()).request({
    ":method": "POST",
    ":path": path,
    "content-type": type,
    te: "trailers",
    ...headers,
  });
  stream.on("error", () => undefined);
  const chunks: Buffer[] = [];
  let seen: http2.IncomingHttpHeaders = {};
  const see = (more: http2.IncomingHttpHeaders): void => void (seen = { ...seen, ...more });
  stream.on("response", see).on("trailers", see);
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const answer: Promise<Answer> = once(stream, "close").then(() => ({
    headers: seen,
    body: Buffer.concat(chunks).toString(),
  }));
  return { stream, answer };
}

function post(path: string, type: string, body: Buffer | string, headers?: http2.OutgoingHttpHeaders) {
  const { stream, answer } = request(path, type, headers);
  stream.end(body);
  return answer;
}

function envelope(payload: Buffer, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

async function expectAlive(): Promise<void> {
  expect((await fetch(`${service.url}/livez`)).status).toBe(200);
}

/** Asks again and again, as often as the event loop goes round. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

async function enqueue(): Promise<string> {
  const response = await fetch(`${service.url}/v1/reports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(sampleInput()),
  });
  return ((await response.json()) as { jobId: string }).jobId;
}

/** Watches a job that does not end, and resolves with each of `count` messages seen. */
async function watchUntil(count: number) {
  const jobId = await enqueue();
  const { stream, answer } = request(`${SERVICE}/WatchJob`, "application/grpc");
  stream.end(envelope(Buffer.concat([Buffer.from([0x0a, jobId.length]), Buffer.from(jobId)])));
  let seen = 0;
  const enough = new Promise<void>((resolve) => {
    stream.on("data", () => ((seen += 1) === count ? resolve() : undefined));
  });
  await Promise.race([enough, answer]);
  return { stream, seen };
}

describe("a body that does not come to its end", () => {
  it.each([
    ["/v1/reports", "408", '"error":"Request timeout"'],
    [`${SERVICE}/Enqueue`, "504", '"code":"deadline_exceeded"'],
  ])("over HTTP/1.1 is answered and cut off, at %s", async (path, status, text) => {
    service = await startTestService({ limits: { bodyMs: 200 } });
    const socket = connect();
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
    socket.write(`${head}{"userId":`);
    await closed(socket);
    const answer = Buffer.concat(chunks).toString();
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer).toContain(text);
    await expectAlive();
  });

  it.each([
    ["REST", "/v1/reports", "application/json", { ":status": 408 }],
    ["Connect", `${SERVICE}/Enqueue`, "application/json", { ":status": 504 }],
    ["gRPC", `${SERVICE}/Enqueue`, "application/grpc", { ":status": 200, "grpc-status": "4" }],
  ])("over HTTP/2 is answered and reset, and other calls go on: %s", async (_, path, type, expected) => {
    service = await startTestService({ limits: { bodyMs: 200 } });
    const slow = request(path, type);
    slow.stream.write("\0");
    expect((await slow.answer).headers).toMatchObject(expected);
    const next = await post("/v1/reports", "application/json", JSON.stringify(sampleInput()));
    expect(next.headers[":status"]).toBe(202);
  });

  it("ends a stream of reflection, too", async () => {
    service = await startTestService({ limits: { bodyMs: 200 } });
    const { stream, answer } = request(REFLECTION, "application/grpc");
    stream.write(envelope(Buffer.from([0x3a, 0])));
    expect((await answer).body).toContain("stepper.v1.ReportService");
  });

  it("does not mean a watcher, who said everything at once", async () => {
    const provider = createHeldProvider();
    service = await startTestService({ providers: [provider], heartbeatMs: 50, limits: { bodyMs: 200 } });
    expect((await watchUntil(12)).seen).toBe(12);
    provider.release();
  });
});

describe("a client that takes nothing of its answer", () => {
  it("loses the call over HTTP/2, and keeps the connection", async () => {
    service = await startTestService({ limits: { stallMs: 200 } });
    openSession({ settings: { initialWindowSize: 0 } });
    const stuck = await post("/v1/reports", "application/json", "{}");
    expect(stuck.headers[":status"]).toBe(400);
    expect(stuck.body).toBe("");
    session?.settings({ initialWindowSize: 65_535 });
    expect((await post("/v1/reports", "application/json", "{}")).body).toContain("Invalid request");
  });

  it("loses the connection over HTTP/1.1", async () => {
    const largest = sampleContent({ changes: Array.from({ length: 50 }, () => "x".repeat(1_000)) });
    const provider = { name: "wordy", call: () => Promise.resolve({ content: largest }) };
    service = await startTestService({ providers: [provider], limits: { stallMs: 200 } });
    const told = new Promise((resolve) => service.wired.registerCallbacks({ onSuccess: resolve }));
    const jobId = await enqueue();
    await told;
    const socket = connect();
    const end = closed(socket);
    const asks = Buffer.from(`GET /v1/reports/${jobId} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(100));
    // Nothing is read, so the server can send until the kernel's buffers, some 40 MiB, are full, and then waits.
    socket.pause();
    const flood = (): void => void socket.write(asks, (error) => error ?? flood());
    flood();
    await end;
    await expectAlive();
  });

  it("does not mean one whose answer takes long", async () => {
    const provider = createHeldProvider();
    service = await startTestService({ providers: [provider], heartbeatMs: 1_000, limits: { stallMs: 50 } });
    const { stream, seen } = await watchUntil(4);
    expect(seen).toBe(4);
    expect(stream.closed).toBe(false);
    provider.release();
  });
});

describe("an HTTP/2 connection", () => {
  it("is closed when it has had no calls for a while", async () => {
    service = await startTestService({ limits: { keepAliveMs: 50, idleMs: 100 } });
    await post("/v1/reports", "application/json", "{}");
    const [code] = (await once(session ?? openSession(), "goaway")) as [number];
    expect(code).toBe(http2.constants.NGHTTP2_NO_ERROR);
    await once(session ?? openSession(), "close");
    await expectAlive();
  });

  it("stays open as long as it has calls", async () => {
    const provider = createHeldProvider();
    service = await startTestService({
      providers: [provider],
      heartbeatMs: 50,
      limits: { keepAliveMs: 50, idleMs: 100 },
    });
    const { stream, seen } = await watchUntil(12);
    expect(seen).toBe(12);
    expect([stream.closed, session?.closed]).toEqual([false, false]);
    provider.release();
  });

  it("is cut off when its client gives no sign of life, also in the middle of a call", async () => {
    const provider = createHeldProvider();
    service = await startTestService({ providers: [provider], limits: { keepAliveMs: 50 } });
    const jobId = await enqueue();
    const socket = connect().resume();
    socket.write(GREETING);
    // The rest of this call's body never comes; nor does an answer to a ping.
    socket.write(frame(FRAME.headers, END_HEADERS, 1, GET_LIVEZ));
    await closed(socket);
    expect((await fetch(`${service.url}/v1/reports/${jobId}`)).status).toBe(200);
    provider.release();
  });

  it("is cut off when its client says goodbye and stays", async () => {
    service = await startTestService({ limits: { keepAliveMs: 50, lingerMs: 200 } });
    const socket = net.connect({ port: service.port, host: "127.0.0.1", allowHalfOpen: true });
    sockets.push(socket.on("error", () => undefined).resume());
    const noError = Buffer.alloc(8);
    socket.write(Buffer.concat([GREETING, frame(FRAME.goaway, 0, 0, noError)]));
    // The server ends its side; ours stays open.
    await once(socket, "end");
    const end = closed(socket);
    const poke = (): void => {
      if (!socket.destroyed) socket.write(".", () => setImmediate(poke));
    };
    poke();
    await end;
    await expectAlive();
  });

  it("is cut off when its client resets what it has just asked for, again and again", async () => {
    service = await startTestService({ limits: { keepAliveMs: 50 } });
    const socket = connect().resume();
    const cancel = Buffer.from([0, 0, 0, 8]);
    const asks = Array.from({ length: 20_000 }, (_, index) => {
      const stream = 2 * index + 1;
      return Buffer.concat([
        frame(FRAME.headers, END_STREAM | END_HEADERS, stream, GET_LIVEZ),
        frame(FRAME.reset, 0, stream, cancel),
      ]);
    });
    socket.write(Buffer.concat([GREETING, ...asks]));
    await closed(socket);
    await expectAlive();
  });
});

describe("calls", () => {
  it("beyond the limit are told to come again", async () => {
    const provider = createHeldProvider();
    service = await startTestService({ providers: [provider], heartbeatMs: 50, limits: { calls: 2 } });
    const first = await watchUntil(1);
    const second = await watchUntil(1);
    const refused = await post(`${SERVICE}/Get`, "application/grpc", envelope(Buffer.alloc(0)));
    expect(refused.headers).toMatchObject({ "grpc-status": "14", "retry-after": "1" });
    expect((await fetch(`${service.url}/livez`)).status).toBe(503);
    first.stream.close();
    await once(first.stream, "close");
    await until(async () => (await fetch(`${service.url}/livez`)).status === 200);
    second.stream.close();
    provider.release();
  });

  it("that watch health are fewer, since everybody may make them", async () => {
    service = await startTestService({ limits: { healthWatches: 1 } });
    const watch = () => request(HEALTH_WATCH, "application/grpc");
    const first = watch();
    first.stream.end(envelope(Buffer.alloc(0)));
    await once(first.stream, "data");
    const second = watch();
    second.stream.end(envelope(Buffer.alloc(0)));
    expect((await second.answer).headers).toMatchObject({ "grpc-status": "8" });
    first.stream.close();
    await first.answer;
    const third = watch();
    third.stream.end(envelope(Buffer.alloc(0)));
    await once(third.stream, "data");
  });
});

describe("connections", () => {
  it("beyond the limit are dropped until one goes", async () => {
    service = await startTestService({ limits: { connections: 2 } });
    const open = async (): Promise<net.Socket> => {
      const socket = connect().resume();
      socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
      await Promise.race([once(socket, "data"), closed(socket)]);
      return socket;
    };
    const [first, second] = [await open(), await open()];
    const third = await open();
    expect([first.closed, second.closed, third.closed]).toEqual([false, false, true]);
    first.end();
    await closed(first);
    expect((await open()).closed).toBe(false);
  });

  it("that say nothing are dropped", async () => {
    service = await startTestService({ limits: { handshakeMs: 100 } });
    await closed(connect());
    await expectAlive();
  });
});

describe("bodies of many requests", () => {
  const large = JSON.stringify(sampleInput({ diffSummary: "x".repeat(400_000) }));

  /** One request that has sent 700 KB of its body, and not yet its end. */
  async function holdBody() {
    const held = request("/v1/reports", "application/json");
    const padding = " ".repeat(700_000 - large.length);
    await new Promise((resolve) => held.stream.write(padding + large, resolve));
    return held;
  }

  it.each([
    ["REST", "/v1/reports", "application/json", Buffer.from(large), { ":status": 503, "retry-after": "1" }],
    ["Connect", `${SERVICE}/Enqueue`, "application/json", Buffer.from(large), { ":status": 503 }],
    [
      "gRPC",
      `${SERVICE}/Enqueue`,
      "application/grpc+json",
      envelope(Buffer.from(large)),
      { "grpc-status": "14", "retry-after": "1" },
    ],
  ])(
    "find no room when there is too much of them, and do later: %s",
    async (_, path, type, body, expected) => {
      service = await startTestService({ limits: { bytesInFlight: 1_000_000 } });
      const held = await holdBody();
      expect((await post(path, type, body)).headers).toMatchObject(expected);
      held.stream.end();
      expect((await held.answer).headers[":status"]).toBe(202);
      const { headers } = await post(path, type, body);
      expect(headers["grpc-status"] ?? headers[":status"]).not.toBe(503);
      expect([200, 202]).toContain(headers[":status"]);
    },
  );

  it("are given back when a connection breaks, also by a call that waits there behind another", async () => {
    const provider = createHeldProvider();
    service = await startTestService({ providers: [provider], limits: { bytesInFlight: 1_000_000 } });
    const watch = envelope(Buffer.from(JSON.stringify({ jobId: await enqueue() })));
    const head = (path: string, type: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
    const socket = connect().resume();
    socket.write(head(`${SERVICE}/WatchJob`, "application/connect+json", watch.length));
    socket.write(watch);
    socket.write(`${head("/v1/reports", "application/json", 700_000)}${large.padEnd(700_000)}`);
    const statusOf = async () =>
      Number((await post("/v1/reports", "application/json", large)).headers[":status"]);
    while ((await statusOf()) !== 503);
    socket.destroy();
    while ((await statusOf()) === 503);
    provider.release();
  });

  it("count as what they are when they come compressed", async () => {
    service = await startTestService({ limits: { bytesInFlight: 1_000_000 } });
    const held = await holdBody();
    const headers = { "content-encoding": "gzip" };
    const squeezed = gzipSync(large);
    expect(squeezed.length).toBeLessThan(10_000);
    const answer = await post(`${SERVICE}/Enqueue`, "application/json", squeezed, headers);
    expect(answer.headers[":status"]).toBe(503);
    held.stream.end();
    await held.answer;
    expect((await post(`${SERVICE}/Enqueue`, "application/json", squeezed, headers)).headers[":status"]).toBe(
      200,
    );
  });
});

describe("JSON with too many objects and lists", () => {
  const json = Buffer.from(`{"files":${"[".repeat(2_000)}`);
  const gzip = gzipSync(json);

  it.each([
    ["REST", "/v1/reports", "application/json", json, {}, { ":status": 400 }],
    ["Connect", `${SERVICE}/Enqueue`, "application/json", json, {}, { ":status": 400 }],
    [
      "compressed Connect",
      `${SERVICE}/Enqueue`,
      "application/json",
      gzip,
      { "content-encoding": "gzip" },
      { ":status": 400 },
    ],
    ["gRPC", `${SERVICE}/Enqueue`, "application/grpc+json", envelope(json), {}, { "grpc-status": "3" }],
    [
      "compressed gRPC",
      `${SERVICE}/Enqueue`,
      "application/grpc+json",
      envelope(gzip, 1),
      { "grpc-encoding": "gzip" },
      { "grpc-status": "3" },
    ],
  ])("is refused before it is parsed, at %s", async (_, path, type, body, headers, expected) => {
    service = await startTestService();
    const answer = await post(path, type, body, headers);
    expect(answer.headers).toMatchObject(expected);
    const text = decodeURIComponent(String(answer.headers["grpc-message"] ?? answer.body));
    expect(text).toContain("at most 1000 objects and lists");
  });

  it.each([
    ["a Connect stream", `${SERVICE}/WatchJob`, "application/connect+json"],
    ["gRPC-Web", `${SERVICE}/Enqueue`, "application/grpc-web+json"],
  ])("is refused in the body of %s", async (_, path, type) => {
    service = await startTestService();
    const { body } = await post(path, type, envelope(json));
    expect(decodeURIComponent(body)).toContain("at most 1000 objects and lists");
  });

  it("does not mean a diff with many brackets", async () => {
    service = await startTestService();
    const body = JSON.stringify(sampleInput({ diffSummary: "[{".repeat(10_000) }));
    const answer = await post(`${SERVICE}/Enqueue`, "application/grpc+json", envelope(Buffer.from(body)));
    expect(answer.headers["grpc-status"]).toBe("0");
  });
});
