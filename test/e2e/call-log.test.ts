import { once } from "node:events";
import * as net from "node:net";
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
