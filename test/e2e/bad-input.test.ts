import * as http2 from "node:http2";
import * as net from "node:net";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import type { HeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const SERVICE = "/stepper.v1.ReportService";

let provider: HeldProvider;
let service: TestService;

beforeEach(async () => {
  provider = createHeldProvider();
  service = await startTestService({ providers: [provider] });
});
afterEach(async () => {
  provider.release();
  await service.close();
});

/** Sends bytes and answers with everything that comes back until the server closes. */
async function sendRaw(bytes: string | Buffer): Promise<string> {
  const socket = net.connect(service.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => undefined);
  socket.end(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

/** One gRPC call with a body of one's own. */
async function callGrpc(path: string, body: Buffer, headers: http2.OutgoingHttpHeaders = {}) {
  const session = http2.connect(service.url);
  session.on("error", () => undefined);
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  let status: http2.IncomingHttpHeaders = {};
  stream.on("response", (answer: http2.IncomingHttpHeaders) => (status = { ...status, ...answer }));
  stream.on("trailers", (answer: http2.IncomingHttpHeaders) => (status = { ...status, ...answer }));
  stream.on("error", () => undefined);
  stream.resume();
  stream.end(body);
  await once(stream, "close");
  session.destroy();
  return status;
}

function frame(payload: Buffer, flags = 0, length = payload.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

/** The service answers others as if nothing had been. */
async function expectAlive(): Promise<void> {
  expect((await fetch(`${service.url}/livez`)).status).toBe(200);
}

describe("a client that sends nonsense", () => {
  it.each([
    ["bytes of no protocol", Buffer.from([0, 1, 2, 3, 255, 254])],
    ["a TLS hello on a cleartext port", Buffer.from("16030100c8010000c40303", "hex")],
    ["a request line that is none", "GARBAGE\r\n\r\n"],
    ["a request without a host", "GET /livez HTTP/1.1\r\n\r\n"],
    [
      "two content lengths",
      "POST /v1/reports HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    ],
  ])("as %s over HTTP/1.1 gets 400 and no more", async (_, bytes) => {
    expect(await sendRaw(bytes)).toMatch(/^HTTP\/1\.1 400 /);
    await expectAlive();
  });

  it.each([
    ["the beginning of a preface only", "PRI * HT"],
    ["a preface that breaks off into HTTP/1.1", "PRI * HTTP/2.0\r\n\r\nGET / HTTP/1.1\r\n\r\n"],
    ["a preface with a frame that is none", `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${"\xff".repeat(64)}`],
    ["one byte", "P"],
    ["nothing", ""],
  ])("as %s is dropped", async (_, bytes) => {
    expect(await sendRaw(bytes)).not.toContain("HTTP/1.1 200");
    await expectAlive();
  });

  it("with a host that makes no address gets 400 on an RPC", async () => {
    const head = `POST ${SERVICE}/Get HTTP/1.1\r\nHost: [::bad\r\nContent-Type: application/json\r\nConnection: close\r\n`;
    const answer = await sendRaw(`${head}Content-Length: 2\r\n\r\n{}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"fields":[{"field":"","description":"the request\'s address is malformed"}]');
    await expectAlive();
  });
});

describe("the absolute form of a path", () => {
  it("is answered as the path alone", async () => {
    const answer = await sendRaw(
      "GET http://any.host/livez HTTP/1.1\r\nHost: any.host\r\nConnection: close\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe("an upload that is far too large", () => {
  it.each(["/v1/reports", `${SERVICE}/Enqueue`])("is answered and then cut off, at %s", async (path) => {
    const socket = net.connect(service.port, "127.0.0.1");
    socket.on("error", () => undefined);
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    socket.write(head);
    const chunk = `${(1024 * 1024).toString(16)}\r\n${" ".repeat(1024 * 1024)}\r\n`;
    for (let sent = 0; sent < 11; sent += 1) socket.write(chunk);
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 (413|429) /);
    await new Promise((resolve) => socket.once("close", resolve));
    await expectAlive();
  });
});

describe("a preface that comes byte by byte", () => {
  it("still begins an HTTP/2 connection", async () => {
    const preface = Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      Buffer.from("000000040000000000", "hex"),
    ]);
    const socket = net.connect({ port: service.port, host: "127.0.0.1", noDelay: true });
    for (const byte of preface) {
      await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [answer] = (await once(socket, "data")) as [Buffer];
    // A SETTINGS frame: type 4, on stream 0.
    expect(answer.readUInt8(3)).toBe(4);
    socket.destroy();
  });
});

describe("a malformed gRPC message", () => {
  it.each([
    ["bytes that are no protobuf", frame(Buffer.from([0xff, 0xff, 0xff])), "13"],
    ["a string that is no UTF-8", frame(Buffer.from([0x0a, 0x02, 0xff, 0xfe])), "13"],
    ["a frame that ends too early", frame(Buffer.from([1]), 0, 100), "3"],
    ["half of a frame's head", Buffer.from([0, 0]), "3"],
    ["a compressed frame without a compression", frame(Buffer.from([1, 2, 3]), 1), "13"],
    ["a frame longer than the limit", frame(Buffer.from([1]), 0, 0x7fffffff), "8"],
    ["no message at all", Buffer.alloc(0), "12"],
    ["two messages", Buffer.concat([frame(Buffer.alloc(0)), frame(Buffer.alloc(0))]), "12"],
  ])("as %s gets its status", async (_, body, status) => {
    expect((await callGrpc(`${SERVICE}/Enqueue`, body))["grpc-status"]).toBe(status);
    await expectAlive();
  });

  it("in an unknown compression gets UNIMPLEMENTED with those it may use", async () => {
    const answer = await callGrpc(`${SERVICE}/Enqueue`, frame(Buffer.alloc(0), 1), {
      "grpc-encoding": "snappy",
    });
    expect(answer).toMatchObject({ "grpc-status": "12", "grpc-accept-encoding": "gzip,br" });
  });

  it("with a deadline that is none gets INVALID_ARGUMENT", async () => {
    const answer = await callGrpc(`${SERVICE}/Get`, frame(Buffer.alloc(0)), { "grpc-timeout": "soon" });
    expect(answer["grpc-status"]).toBe("3");
  });
});

describe("a gRPC request with bad fields", () => {
  it("names them in the message as the proto file does", async () => {
    const answer = await callGrpc(`${SERVICE}/Enqueue`, frame(Buffer.alloc(0)));
    expect(answer["grpc-status"]).toBe("3");
    const message = decodeURIComponent(String(answer["grpc-message"]));
    expect(message).toMatch(/^user_id must not be empty and commit_sha must not be empty and /);
  });
});

describe("Connect GET", () => {
  function get(method: string, message: string) {
    return fetch(`${service.url}${SERVICE}/${method}?connect=v1&encoding=json&base64=1&message=${message}`);
  }

  it.each(["%25%25%25", "A", "e30*"])("with base64 that is none gets 400: %s", async (message) => {
    const response = await get("Get", message);
    expect([response.status, response.headers.get("content-type")]).toEqual([400, "application/json"]);
    expect(await response.json()).toEqual({
      code: "invalid_argument",
      message: "the message in the address is not valid base64",
    });
  });

  it("with base64 that is some is asked of the service", async () => {
    const message = Buffer.from('{"jobId":"none"}').toString("base64url");
    expect(await (await get("Get", message)).json()).toMatchObject({ code: "not_found" });
  });

  it("is not taken where that could change something, with any base64", async () => {
    expect((await get("Enqueue", "%25")).status).toBe(405);
  });
});

describe("Connect JSON", () => {
  function call(body: string, headers: Record<string, string> = { "content-type": "application/json" }) {
    return fetch(`${service.url}${SERVICE}/Enqueue`, { method: "POST", headers, body });
  }

  it.each(["{", "[]", '"text"', '{"userId": 7}', '{"files": "a"}'])(
    "that is wrong gets 400: %s",
    async (body) => {
      const response = await call(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_argument" });
    },
  );

  it("of another content type gets 415", async () => {
    expect((await call("{}", { "content-type": "text/plain" })).status).toBe(415);
  });

  it("is not taken by GET where that could change something", async () => {
    expect((await fetch(`${service.url}${SERVICE}/Enqueue?encoding=json&message=%7B%7D`)).status).toBe(405);
  });
});

describe("a client that vanishes", () => {
  it("in the middle of its body leaves nothing behind", async () => {
    const socket = net.connect(service.port, "127.0.0.1");
    const head =
      "POST /v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    await new Promise((resolve) => socket.write(`${head}{"userId":`, resolve));
    socket.destroy();
    await once(socket, "close");
    await expectAlive();
    expect(await service.wired.engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
  });

  it("in the middle of a watch frees its subscription", async () => {
    let subscriptions = 0;
    const { log } = service.wired.engine;
    const subscribe = log.subscribe.bind(log);
    const freed = new Promise<void>((resolve) => {
      log.subscribe = async (jobId, ring) => {
        const unsubscribe = await subscribe(jobId, ring);
        subscriptions += 1;
        return () => {
          unsubscribe();
          subscriptions -= 1;
          resolve();
        };
      };
    });
    const enqueued = await fetch(`${service.url}/v1/reports`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(sampleInput()),
    });
    const { jobId } = (await enqueued.json()) as { jobId: string };
    const session = http2.connect(service.url);
    session.on("error", () => undefined);
    const stream = session.request({
      ":method": "POST",
      ":path": `${SERVICE}/WatchJob`,
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.on("error", () => undefined);
    stream.end(frame(Buffer.concat([Buffer.from([0x0a, jobId.length]), Buffer.from(jobId)])));
    await once(stream, "data");
    expect(subscriptions).toBe(1);
    session.destroy();
    await freed;
    expect(subscriptions).toBe(0);
  });
});
