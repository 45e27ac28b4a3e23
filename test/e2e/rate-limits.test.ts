import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { afterEach, describe, expect, it } from "@jest/globals";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { AdmissionSettings } from "../../src/rpc/admission/admission.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const MANY = 1_000;
const limits = { windowMs: 60_000, maxPerAddress: MANY, maxPerUser: MANY, skipHealth: true };

let service: TestService;
afterEach(() => service.close());

async function start(changes: Partial<typeof limits>, admission: AdmissionSettings = {}): Promise<void> {
  const rateLimits = { ...limits, ...changes };
  service = await startTestService({
    providers: [createHeldProvider()],
    admission: { ...admission, rateLimits },
  });
}

const TRANSPORTS = {
  gRPC: () => createGrpcTransport({ baseUrl: service.url }),
  "gRPC-Web": () => createGrpcWebTransport({ baseUrl: service.url, httpVersion: "1.1" }),
  "Connect JSON": () => createConnectTransport({ baseUrl: service.url, httpVersion: "1.1" }),
};

function post(input = sampleInput(), headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify(input);
  const type = { "content-type": "application/json" };
  return fetch(`${service.url}/v1/reports`, { method: "POST", body, headers: { ...type, ...headers } });
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(service.url + path, { headers });
}

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => Promise.reject(new Error("the call was let in")),
    (error: unknown) => ConnectError.from(error),
  );
}

const budgetOf = ({ headers }: Response) =>
  ["limit", "remaining", "reset"].map((name) => Number(headers.get(`ratelimit-${name}`)));

describe("the limit of an address", () => {
  it("answers plain HTTP in the contract's words, and says on every answer what is left", async () => {
    await start({ maxPerAddress: 2 });
    expect(budgetOf(await post())).toEqual([2, 1, 60]);
    const second = await get("/v1/reports/unknown");
    expect(second.status).toBe(404);
    expect(budgetOf(second)).toEqual([2, 0, 60]);
    const third = await post();
    expect(third.status).toBe(429);
    expect(budgetOf(third)).toEqual([2, 0, 60]);
    expect(third.headers.get("retry-after")).toBe("60");
    expect(await third.json()).toEqual({
      error: "Too many requests",
      message: "You have exceeded the rate limit. Please try again later.",
      retryAfter: 60,
    });
  });

  it.each(Object.entries(TRANSPORTS))("answers %s with how long to wait", async (_, createTransport) => {
    await start({ maxPerAddress: 1 });
    const client = createClient(ReportService, createTransport());
    await client.enqueue(sampleInput());
    const refusals = [
      await errorOf(client.enqueue(sampleInput())),
      await errorOf(client.watchJob({ jobId: "any" })[Symbol.asyncIterator]().next()),
    ];
    for (const error of refusals) {
      expect(error.code).toBe(Code.ResourceExhausted);
      expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBeGreaterThanOrEqual(59n);
    }
    expect(Number(refusals[0]?.metadata.get("retry-after"))).toBeGreaterThanOrEqual(59);
  });

  it("holds over all doors together", async () => {
    await start({ maxPerAddress: 3 });
    await createClient(ReportService, TRANSPORTS.gRPC()).enqueue(sampleInput());
    await createClient(ReportService, TRANSPORTS["Connect JSON"]()).enqueue(sampleInput());
    expect((await post()).status).toBe(202);
    expect((await post()).status).toBe(429);
  });

  it("counts a stream once, however much it carries", async () => {
    await start({ maxPerAddress: 3 });
    const client = createClient(ReportService, TRANSPORTS.gRPC());
    const { jobId } = await client.enqueue(sampleInput());
    const events = client.watchJob({ jobId })[Symbol.asyncIterator]();
    for (let seen = 0; seen < 3; seen += 1) await events.next();
    expect((await post()).status).toBe(202);
    expect((await post()).status).toBe(429);
  });

  it("does not count health, unless it is told to", async () => {
    await start({ maxPerAddress: 1 });
    const health = createClient(Health, TRANSPORTS.gRPC());
    for (const path of ["/health", "/livez", "/readyz", "/readyz"]) {
      const response = await get(path);
      expect([path, response.status, response.headers.get("ratelimit-limit")]).toEqual([path, 200, null]);
    }
    await health.check({});
    expect((await post()).status).toBe(202);
    await health.check({});
    await service.close();

    await start({ maxPerAddress: 1, skipHealth: false });
    expect((await get("/livez")).status).toBe(200);
    expect((await get("/livez")).status).toBe(429);
    expect((await errorOf(createClient(Health, TRANSPORTS.gRPC()).check({}))).code).toBe(
      Code.ResourceExhausted,
    );
  });

  it("counts who tries keys, and answers no differently once there is nothing left", async () => {
    const apiKeys = { header: "x-api-key", keys: [{ tenant: "acme", key: "k" }], skipHealth: true };
    await start({ maxPerAddress: 2 }, { apiKeys });
    for (const key of ["a", "b"]) expect((await post(sampleInput(), { "x-api-key": key })).status).toBe(401);
    expect((await post(sampleInput(), { "x-api-key": "c" })).status).toBe(429);
    expect((await post(sampleInput(), { "x-api-key": "k" })).status).toBe(429);
  });
});

describe("the limit of a user", () => {
  it("counts what asks for reports, at any door, and nothing else", async () => {
    await start({ maxPerUser: 2 });
    const client = createClient(ReportService, TRANSPORTS.gRPC());
    const first = await post();
    expect(budgetOf(first).slice(0, 2)).toEqual([2, 1]);
    const { jobId } = (await first.json()) as { jobId: string };
    await client.enqueue(sampleInput());
    expect((await get(`/v1/reports/${jobId}`)).status).toBe(200);
    expect(await (await post()).json()).toMatchObject({ error: "Too many requests", retryAfter: 60 });
    const error = await errorOf(client.enqueue(sampleInput()));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.findDetails(RetryInfoSchema)).toHaveLength(1);
    expect((await post(sampleInput({ userId: "grace" }))).status).toBe(202);
  });

  it("counts users of one name apart when they are of two tenants", async () => {
    const keys = [
      { tenant: "acme", key: "a" },
      { tenant: "other", key: "o" },
    ];
    await start({ maxPerUser: 1 }, { apiKeys: { header: "x-api-key", keys, skipHealth: true } });
    const as = async (key: string) => (await post(sampleInput(), { "x-api-key": key })).status;
    expect([await as("a"), await as("a"), await as("o"), await as("o")]).toEqual([202, 429, 202, 429]);
  });

  it("leaves a request that names no user to be refused for that", async () => {
    await start({ maxPerUser: 1 });
    for (let call = 0; call < 3; call += 1) {
      expect((await post(sampleInput({ userId: "" }))).status).toBe(400);
    }
  });

  it("is told instead of the address's when it is the tighter one", async () => {
    await start({ maxPerAddress: 2, maxPerUser: 10 });
    expect(budgetOf(await post()).slice(0, 2)).toEqual([2, 1]);
    await service.close();
    await start({ maxPerAddress: 10, maxPerUser: 2 });
    expect(budgetOf(await post()).slice(0, 2)).toEqual([2, 1]);
  });
});

describe("the address that is counted", () => {
  const forwardedFor = async (address: string) =>
    (await get("/v1/reports/a", { "x-forwarded-for": address })).status;

  it("is the connection's, whatever a client says of itself", async () => {
    await start({ maxPerAddress: 1 });
    expect([await forwardedFor("1.1.1.1"), await forwardedFor("2.2.2.2")]).toEqual([404, 429]);
  });

  it("is still the connection's when only others are trusted", async () => {
    await start({ maxPerAddress: 1 }, { trustProxy: ["10.0.0.0/8"] });
    expect([await forwardedFor("1.1.1.1"), await forwardedFor("2.2.2.2")]).toEqual([404, 429]);
  });

  it("is the same with and without the port that some proxies add", async () => {
    await start({ maxPerAddress: 1 }, { trustProxy: 1 });
    expect([await forwardedFor("1.1.1.1:4711"), await forwardedFor("1.1.1.1")]).toEqual([404, 429]);
    expect([await forwardedFor("2.2.2.2:80"), await forwardedFor("[2600::1]:443")]).toEqual([404, 404]);
    expect([await forwardedFor("[2600::1]"), await forwardedFor("2600::2")]).toEqual([429, 429]);
  });

  it.each([[1], [["loopback"]], [["127.0.0.0/8"]]] as const)(
    "is what the trusted proxy says: %j",
    async (trustProxy) => {
      await start({ maxPerAddress: 1 }, { trustProxy });
      expect([await forwardedFor("1.1.1.1"), await forwardedFor("2.2.2.2")]).toEqual([404, 404]);
      // What the client put before is not the proxy's word.
      expect(await forwardedFor("3.3.3.3, 1.1.1.1")).toBe(429);
    },
  );

  it("is the first of all when everybody is trusted", async () => {
    await start({ maxPerAddress: 1 }, { trustProxy: true });
    expect([await forwardedFor("3.3.3.3, 1.1.1.1"), await forwardedFor("1.1.1.1")]).toEqual([404, 404]);
    expect(await forwardedFor("3.3.3.3, 4.4.4.4")).toBe(429);
  });

  it("is a whole site of IPv6, and the same for IPv4 however it is written", async () => {
    await start({ maxPerAddress: 1 }, { trustProxy: 1 });
    expect([await forwardedFor("2001:db8:1:2::1"), await forwardedFor("2001:db8:1:2:ffff::2")]).toEqual([
      404, 429,
    ]);
    expect(await forwardedFor("2001:db8:1:3::1")).toBe(404);
    expect([await forwardedFor("9.9.9.9"), await forwardedFor("::ffff:9.9.9.9")]).toEqual([404, 429]);
  });

  it("is the proxy's when it passes on what is none", async () => {
    await start({ maxPerAddress: 1 }, { trustProxy: 1 });
    expect([await forwardedFor("unknown"), await forwardedFor("_hidden")]).toEqual([404, 429]);
  });
});
