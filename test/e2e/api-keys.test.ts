import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { CallOptions, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ServerReflection as ReflectionV1 } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ReflectionV1Alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const KEYS = { acme: "acme-key-1", "acme again": "acme-key-2", other: "other-key-1" };
const apiKeys = {
  header: "x-api-key",
  skipHealth: true,
  keys: [
    { tenant: "acme", key: KEYS.acme },
    { tenant: "acme", key: KEYS["acme again"] },
    { tenant: "other", key: KEYS.other },
  ],
};

const transports: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  gRPC: (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  "Connect JSON": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect binary": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect by GET": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
};

/** What a caller without a good key may send. */
const STRANGERS: readonly (readonly [string, Record<string, string>])[] = [
  ["no key", {}],
  ["a wrong key", { "x-api-key": "acme-key-3" }],
  ["the beginning of a key", { "x-api-key": "acme-key-" }],
  ["an empty key", { "x-api-key": "" }],
  ["two keys", { "x-api-key": `${KEYS.acme}, ${KEYS.acme}` }],
  ["a key for a basic login", { authorization: `Basic ${KEYS.acme}` }],
  ["a wrong key beside a right one", { "x-api-key": "wrong", authorization: `Bearer ${KEYS.acme}` }],
];

const GOOD: readonly (readonly [string, Record<string, string>])[] = [
  ["its key", { "x-api-key": KEYS.acme }],
  ["its other key", { "x-api-key": KEYS["acme again"] }],
  ["its key as a bearer's", { authorization: `Bearer ${KEYS.acme}` }],
  ["its key as a bearer's in lower case", { authorization: `bearer ${KEYS.acme}` }],
];

let service: TestService;
/** A job of acme's that doesn't end by itself. */
let jobId: string;

beforeAll(async () => {
  service = await startTestService({ providers: [createHeldProvider()], admission: { apiKeys } });
  const { body } = await rest("POST", "/v1/reports", { "x-api-key": KEYS.acme });
  ({ jobId } = body as { jobId: string });
});
afterAll(() => service.close());

async function rest(method: string, path: string, headers: Record<string, string>) {
  const body = method === "POST" ? JSON.stringify(sampleInput()) : null;
  const type = { "content-type": "application/json" };
  const response = await fetch(`${service.url}${path}`, { method, body, headers: { ...type, ...headers } });
  return { status: response.status, body: await response.json() };
}

async function codeOf(call: Promise<unknown>): Promise<Code | "ok"> {
  return call.then(
    () => "ok",
    (error: unknown) => ConnectError.from(error).code,
  );
}

async function firstOf(stream: AsyncIterable<unknown>): Promise<unknown> {
  for await (const message of stream) return message;
  return undefined;
}

describe.each(Object.entries(transports))("with keys, a caller over %s", (_, createTransport) => {
  const calls = (headers: Record<string, string>) => {
    const client = createClient(ReportService, createTransport(service.url));
    const options: CallOptions = { headers };
    return {
      Enqueue: () => client.enqueue(sampleInput(), options),
      Get: () => client.get({ jobId }, options),
      WatchJob: () => firstOf(client.watchJob({ jobId }, options)),
      Cancel: () => client.cancel({ jobId }, options),
    };
  };

  it.each(STRANGERS)("is refused at every method with %s", async (_title, headers) => {
    for (const [method, call] of Object.entries(calls(headers))) {
      expect([method, await codeOf(call())]).toEqual([method, Code.Unauthenticated]);
    }
  });

  it.each(GOOD)("is let in with %s", async (_title, headers) => {
    const { Enqueue, Get, WatchJob } = calls(headers);
    for (const call of [Enqueue, Get, WatchJob]) expect(await codeOf(call())).toBe("ok");
  });

  it("finds no job of another tenant's, and gets a job of its own for an equal request", async () => {
    const headers = { "x-api-key": KEYS.other };
    const { Get, WatchJob, Cancel } = calls(headers);
    for (const call of [Get, WatchJob, Cancel]) expect(await codeOf(call())).toBe(Code.NotFound);
    const client = createClient(ReportService, createTransport(service.url));
    const enqueued = await client.enqueue(sampleInput(), { headers });
    expect(enqueued.jobId).not.toBe("");
    expect(enqueued.jobId).not.toBe(jobId);
  });
});

describe("with keys, plain HTTP", () => {
  it.each(STRANGERS)("refuses %s", async (_, headers) => {
    const message = "an API key is missing or wrong";
    const refused = { status: 401, body: { error: "Unauthorized", message } };
    expect(await rest("POST", "/v1/reports", headers)).toEqual(refused);
    expect(await rest("GET", `/v1/reports/${jobId}`, headers)).toEqual(refused);
    expect(await rest("DELETE", `/v1/reports/${jobId}`, headers)).toEqual(refused);
    // Nor does it tell a stranger which paths there are.
    expect(await rest("GET", "/nowhere", headers)).toEqual(refused);
  });

  it("lets the right key in, and shows it no job of another tenant's", async () => {
    const path = `/v1/reports/${jobId}`;
    expect(await rest("GET", path, { "x-api-key": KEYS.acme })).toMatchObject({
      status: 200,
      body: { jobId },
    });
    for (const method of ["GET", "DELETE"]) {
      expect(await rest(method, path, { "x-api-key": KEYS.other })).toMatchObject({ status: 404 });
    }
  });
});

describe("with keys, reflection", () => {
  it.each([
    ["v1", ReflectionV1],
    ["v1alpha", ReflectionV1Alpha],
  ])("%s tells only those who have one", async (_, version) => {
    const client = createClient(
      version as typeof ReflectionV1,
      createGrpcTransport({ baseUrl: service.url }),
    );
    async function* ask() {
      yield await Promise.resolve({ host: "", messageRequest: { case: "listServices" as const, value: "" } });
    }
    const list = (headers: Record<string, string>) =>
      firstOf(client.serverReflectionInfo(ask(), { headers }));
    expect(await codeOf(list({}))).toBe(Code.Unauthenticated);
    expect(await list({ "x-api-key": KEYS.acme })).toMatchObject({
      messageResponse: { case: "listServicesResponse" },
    });
  });
});

describe("with keys, health", () => {
  const statusOf = async (url: string) => (await fetch(url)).status;

  it("is open when keys leave it out", async () => {
    for (const path of ["/health", "/livez", "/readyz"]) expect(await statusOf(service.url + path)).toBe(200);
    const client = createClient(Health, createGrpcTransport({ baseUrl: service.url }));
    expect(await codeOf(client.check({}))).toBe("ok");
  });

  it("asks for a key when they do not", async () => {
    const closed = await startTestService({ admission: { apiKeys: { ...apiKeys, skipHealth: false } } });
    for (const path of ["/health", "/livez", "/readyz"]) expect(await statusOf(closed.url + path)).toBe(401);
    const client = createClient(Health, createGrpcTransport({ baseUrl: closed.url }));
    expect(await codeOf(client.check({}))).toBe(Code.Unauthenticated);
    expect(await codeOf(client.check({}, { headers: { "x-api-key": KEYS.other } }))).toBe("ok");
    await closed.close();
  });
});

describe("with keys, who has none", () => {
  it("is refused before the body has come", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"userId":')),
    });
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", body, headers, duplex: "half" } as RequestInit;
    const response = await fetch(`${service.url}/v1/reports`, init);
    expect(response.status).toBe(401);
  });
});
