import { afterEach, describe, expect, it } from "@jest/globals";
import type { AdmissionSettings } from "../../src/rpc/admission/admission.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const APP = "https://app.example.com";
const cors = { allowedOrigins: [APP], allowCredentials: false, apiKeyHeader: "x-team-key" };

let service: TestService;
afterEach(() => service.close());

async function start(admission: AdmissionSettings): Promise<void> {
  service = await startTestService({ admission });
}

function preflight(origin: string, headers: string): Promise<Response> {
  return fetch(`${service.url}/stepper.v1.ReportService/Enqueue`, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": headers,
    },
  });
}

function enqueue(origin: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${service.url}/stepper.v1.ReportService/Enqueue`, {
    method: "POST",
    headers: { origin, "content-type": "application/json", "connect-protocol-version": "1", ...headers },
    body: JSON.stringify(sampleInput()),
  });
}

const listOf = (response: Response, header: string) =>
  (response.headers.get(header) ?? "").toLowerCase().split(/, */);

describe("a page of an allowed origin", () => {
  it("may send what Connect, gRPC-Web and a key need, also by GET and DELETE", async () => {
    await start({ cors });
    const response = await preflight(APP, "content-type,connect-protocol-version,x-team-key");
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe(APP);
    expect(response.headers.get("vary")).toContain("Origin");
    const headers = ["content-type", "connect-protocol-version", "connect-timeout-ms"];
    const others = ["x-grpc-web", "grpc-timeout", "x-user-agent", "x-team-key", "authorization"];
    expect(listOf(response, "access-control-allow-headers")).toEqual(
      expect.arrayContaining([...headers, ...others]),
    );
    expect(listOf(response, "access-control-allow-methods").sort()).toEqual([
      "delete",
      "get",
      "head",
      "post",
    ]);
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("may read what the protocols and the limits say in headers", async () => {
    await start({ cors });
    const response = await enqueue(APP);
    expect(response.status).toBe(200);
    expect(response.headers.get("access-control-allow-origin")).toBe(APP);
    const headers = ["grpc-status", "grpc-message", "grpc-status-details-bin", "retry-after"];
    expect(listOf(response, "access-control-expose-headers")).toEqual(
      expect.arrayContaining([...headers, "ratelimit-remaining", "x-request-id"]),
    );
  });

  it("may send credentials when that is allowed", async () => {
    await start({ cors: { ...cors, allowCredentials: true } });
    const response = await preflight(APP, "content-type");
    expect(response.headers.get("access-control-allow-credentials")).toBe("true");
  });

  it("can read why it was refused, and needs no key to ask whether it may call", async () => {
    const apiKeys = { header: "x-team-key", keys: [{ tenant: "acme", key: "k" }], skipHealth: true };
    const rateLimits = { windowMs: 60_000, maxPerAddress: 1, maxPerUser: 1, skipHealth: true };
    await start({ cors, apiKeys, rateLimits });
    for (let call = 0; call < 3; call += 1) expect((await preflight(APP, "content-type")).status).toBe(204);
    // It is no call of the method that it asks for.
    expect(await (await fetch(`${service.url}/metrics`)).text()).toContain('{method="OPTIONS",code="ok"} 3');
    const statuses = [];
    for (let call = 0; call < 2; call += 1) {
      const response = await enqueue(APP);
      statuses.push(response.status);
      expect(response.headers.get("access-control-allow-origin")).toBe(APP);
    }
    expect(statuses).toEqual([401, 429]);
  });
});

describe("a page of any other origin", () => {
  it.each(["https://evil.example", "http://app.example.com", `${APP}.evil.example`, "null"])(
    "is told nothing: %s",
    async (origin) => {
      await start({ cors });
      for (const response of [await preflight(origin, "content-type"), await enqueue(origin)]) {
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
      }
    },
  );

  it("is told nothing when no origin is allowed, or CORS is off", async () => {
    await start({ cors: { ...cors, allowedOrigins: [] } });
    expect((await enqueue(APP)).headers.get("access-control-allow-origin")).toBeNull();
    await service.close();
    await start({});
    const response = await preflight(APP, "content-type");
    expect(response.ok).toBe(false);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("security headers", () => {
  const NAMES = ["x-content-type-options", "x-frame-options", "content-security-policy", "referrer-policy"];
  const valuesOf = ({ headers }: Response) => NAMES.map((name) => headers.get(name));

  it("are on every HTTP answer, of whatever status", async () => {
    await start({ securityHeaders: true });
    const answers = [
      await fetch(`${service.url}/health`),
      await fetch(`${service.url}/nowhere`),
      await fetch(`${service.url}/v1/reports/unknown`),
      await enqueue(APP),
    ];
    for (const answer of answers) expect(valuesOf(answer)).not.toContain(null);
    expect(answers[0]?.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("are left out when they are switched off", async () => {
    await start({});
    expect(valuesOf(await fetch(`${service.url}/health`))).toEqual(NAMES.map(() => null));
  });
});
