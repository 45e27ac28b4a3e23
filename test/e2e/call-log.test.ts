import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { pino } from "pino";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import type { HeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

/** Of pino's levels. */
const INFO = 30;

interface CallLine {
  readonly level: number;
  readonly msg: string;
  readonly code: string;
  readonly method: string;
  readonly requestId: string;
}

let calls: Gate<CallLine>;
let provider: HeldProvider;
let service: TestService;

beforeEach(async () => {
  calls = createGate();
  const write = (text: string): void => {
    const line = JSON.parse(text) as CallLine;
    if (line.msg === "call" && line.level === INFO) calls.pass(line);
  };
  provider = createHeldProvider();
  const logger = pino({ base: null }, { write });
  service = await startTestService({ providers: [provider], concurrency: 1, maxWaiting: 1, logger });
});
afterEach(async () => {
  provider.release();
  await service.close();
});

function call(method: string, body: unknown): Promise<Response> {
  return fetch(`${service.url}/stepper.v1.ReportService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

describe("a call's log line", () => {
  it.each([
    ["/v1/reports", "application/json"],
    ["/stepper.v1.ReportService/Enqueue", "application/json"],
    ["/stepper.v1.ReportService/Enqueue", "application/proto"],
    ["/stepper.v1.ReportService/WatchJob", "application/connect+json"],
    ["/stepper.v1.ReportService/Enqueue", "application/json; charset=utf-8"],
    ["/stepper.v1.ReportService/Enqueue", "application/grpc-web"],
    ["/stepper.v1.ReportService/WatchJob", "application/grpc-web+proto"],
  ])(
    "says `canceled` of a client that leaves before its message is there, at %s as %s",
    async (path, type) => {
      const socket = net.connect(service.port, "127.0.0.1");
      const head = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: ${type}\r\ncontent-length: 100\r\n`;
      socket.write(`${head}expect: 100-continue\r\n\r\n`);
      // The server has let it in.
      await once(socket, "data");
      socket.destroy();
      expect(await calls.passed(1)).toMatchObject([{ code: "canceled" }]);
    },
  );

  it("has no more of what a client makes up than is worth reading", async () => {
    const session = http2.connect(service.url);
    const stream = session
      .request({ ":method": "X".repeat(4_000), ":path": `/${"y".repeat(4_000)}` })
      .resume();
    const [headers] = (await once(stream, "response")) as [http2.IncomingHttpStatusHeader];
    expect(headers[":status"]).toBe(404);
    session.destroy();
    const [line] = await calls.passed(1);
    expect(line?.method).toMatch(/^X{20} \/y{199}$/);
  });

  it("spells its code as Connect does on the wire", async () => {
    await call("Enqueue", sampleInput({ commitSha: "running" }));
    await provider.called(1);
    await call("Enqueue", sampleInput({ commitSha: "waiting" }));
    const failures = [
      await call("Get", { jobId: "none" }),
      await call("Enqueue", {}),
      await call("Enqueue", sampleInput({ commitSha: "refused" })),
    ];
    const codes = await Promise.all(failures.map(async (answer) => ((await answer.json()) as CallLine).code));
    expect(codes).toEqual(["not_found", "invalid_argument", "resource_exhausted"]);
    expect((await calls.passed(5)).map(({ code }) => code)).toEqual(["ok", "ok", ...codes]);
  });

  it.each([
    ["a message that can't be read", "Get", "application/grpc-web", "\0\0\0\0\x03abc", {}, "internal"],
    ["no message", "Get", "application/grpc-web", "", {}, "unimplemented"],
    [
      "a coding that nobody knows",
      "Get",
      "application/grpc-web",
      "\x01\0\0\0\0",
      { "grpc-encoding": "odd" },
      "unimplemented",
    ],
    [
      "the same of a stream",
      "WatchJob",
      "application/connect+json",
      "",
      { "connect-content-encoding": "odd" },
      "unimplemented",
    ],
  ])(
    "is no `ok` of a failure that stands in the answer's body: %s",
    async (_, method, type, body, more, code) => {
      const headers = { "content-type": type, ...more };
      const url = `${service.url}/stepper.v1.ReportService/${method}`;
      expect((await fetch(url, { method: "POST", headers, body })).status).toBe(200);
      expect(await calls.passed(1)).toMatchObject([{ code }]);
    },
  );

  it("is one, also of a client that leaves while its message is decompressed", async () => {
    const message = gzipSync(
      Buffer.concat([Buffer.from([0x0a, 0xc0, 0xa9, 0x07]), Buffer.alloc(120_000, 97)]),
    );
    const head = (requestId: string): string =>
      "POST /stepper.v1.ReportService/Enqueue HTTP/1.1\r\nhost: a\r\ncontent-type: application/proto\r\n" +
      `content-encoding: gzip\r\ncontent-length: ${message.length}\r\nx-request-id: ${requestId}\r\n\r\n`;
    const requestIds = Array.from({ length: 50 }, (_, index) => `left-${index}`);
    for (const requestId of requestIds) {
      const socket = net.connect(service.port, "127.0.0.1");
      await new Promise((resolve) =>
        socket.write(Buffer.concat([Buffer.from(head(requestId)), message]), resolve),
      );
      socket.destroy();
    }
    await calls.passed(requestIds.length);
    // Others have been decompressed after them.
    await call("Get", { jobId: "none" });
    const told = (await calls.passed(requestIds.length + 1)).map(({ requestId }) => requestId);
    expect(told.filter((requestId) => requestIds.includes(requestId)).sort()).toEqual([...requestIds].sort());
  });

  it("says `canceled` of answers that wait behind a stream whose client leaves", async () => {
    const socket = net.connect(service.port, "127.0.0.1");
    const watch =
      "POST /grpc.health.v1.Health/Watch HTTP/1.1\r\nhost: a\r\ncontent-type: application/connect+json\r\n";
    socket.write(`${watch}content-length: 7\r\n\r\n\0\0\0\0\x02{}`);
    socket.write("GET /v1/reports/none HTTP/1.1\r\nhost: a\r\n\r\n".repeat(2));
    await once(socket, "data");
    await call("Get", { jobId: "none" });
    socket.destroy();
    const told = (await calls.passed(3)).map(({ method, code }) => [method, code]);
    expect(told).toEqual([
      ["stepper.v1.ReportService/Get", "not_found"],
      ["GET /v1/reports/none", "canceled"],
      ["GET /v1/reports/none", "canceled"],
    ]);
  });

  it("blames the client for a body of another type", async () => {
    await fetch(`${service.url}/v1/reports`, { method: "POST", body: "text" });
    expect(await calls.passed(1)).toMatchObject([{ code: "invalid_argument", status: 415 }]);
  });

  it("is not written for probes, over gRPC's health service neither", async () => {
    await fetch(`${service.url}/grpc.health.v1.Health/Check`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    await fetch(`${service.url}/readyz`);
    await call("Get", { jobId: "none" });
    expect(await calls.passed(1)).toMatchObject([{ method: "stepper.v1.ReportService/Get" }]);
  });

  it("says who called, what, and how it went, at every door", async () => {
    await call("Get", { jobId: "none" });
    await fetch(`${service.url}/v1/reports/none`);
    await fetch(`${service.url}/nothing`, { headers: { "x-forwarded-for": "10.1.2.3" } });
    const [rpc, rest, nothing] = await calls.passed(3);
    const who = { tenant: "public", peer: expect.stringContaining("127.0.0.1") as unknown };
    const rest404 = { code: "not_found", status: 404 };
    expect(rpc).toMatchObject({ ...who, method: "stepper.v1.ReportService/Get", code: "not_found" });
    expect(rest).toMatchObject({ ...who, ...rest404, method: "GET /v1/reports/none", jobId: "none" });
    expect(nothing).toMatchObject({ ...who, ...rest404, method: "GET /nothing" });
    expect(rpc).toMatchObject({
      requestId: expect.any(String) as unknown,
      durationMs: expect.any(Number) as unknown,
    });
  });
});
