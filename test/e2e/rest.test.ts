import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import type { HeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

let provider: HeldProvider;
let service: TestService;

beforeEach(async () => {
  provider = createHeldProvider();
  service = await startTestService({ providers: [provider], concurrency: 1, maxWaiting: 1 });
});
afterEach(() => service.close());

function post(body: unknown, headers: Record<string, string> = { "content-type": "application/json" }) {
  return fetch(`${service.url}/v1/reports`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Enqueues the sample, lets it be made, and answers with its job's id. */
async function makeReport(): Promise<string> {
  const { jobId } = (await (await post(sampleInput())).json()) as { jobId: string };
  provider.release();
  for await (const _ of service.wired.reports.watch("public", jobId, {}));
  return jobId;
}

describe("POST /v1/reports", () => {
  it("answers 202 with the job and where to ask for it", async () => {
    const response = await post(sampleInput());
    expect(response.status).toBe(202);
    const body = (await response.json()) as { jobId: string };
    expect(body).toEqual({ status: "queued", jobId: body.jobId, statusUrl: `/v1/reports/${body.jobId}` });
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  });

  it("answers 200 with the report once it is known", async () => {
    await makeReport();
    const response = await post(sampleInput());
    expect(response.status).toBe(200);
    const body: unknown = await response.json();
    expect(body).toMatchObject({
      status: "completed",
      cached: true,
      data: { ...sampleContent(), provider: "held" },
    });
    expect(body).not.toHaveProperty("stale");
  });

  it("takes null for left out, as protobuf's JSON does", async () => {
    expect((await post({ ...sampleInput(), template: null, components: null })).status).toBe(202);
  });

  it("answers 400 with every bad field", async () => {
    const response = await post({ ...sampleInput(), userId: "", files: [1], commitSha: undefined });
    expect(response.status).toBe(400);
    const body = (await response.json()) as { fields: { field: string }[] };
    expect(body).toMatchObject({ error: "Invalid request" });
    expect(body.fields.map(({ field }) => field).sort()).toEqual(["commitSha", "files[0]", "userId"]);
  });

  it.each([
    ["malformed JSON", '{"userId":'],
    ["an array", "[]"],
    ["a number", "7"],
    ["null", "null"],
    ["an empty body", ""],
  ])("answers 400 to %s", async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    const { error, message, fields } = (await response.json()) as Record<string, unknown>;
    expect({ error, fields }).toEqual({
      error: "Invalid request",
      fields: [{ field: "", description: message }],
    });
  });

  it("answers 400 to bytes that are no UTF-8", async () => {
    const response = await fetch(`${service.url}/v1/reports`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: Buffer.from([0x22, 0xff, 0xfe, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  it.each([
    {},
    { "content-type": "text/plain" },
    { "content-type": "application/json", "content-encoding": "gzip" },
  ])("answers 415 to a body of another kind: %j", async (headers: Record<string, string>) => {
    const response = await fetch(`${service.url}/v1/reports`, {
      method: "POST",
      headers,
      body: Buffer.from(JSON.stringify(sampleInput())),
    });
    expect(response.status).toBe(415);
  });

  it("answers 413 to a body over the limit, told or not", async () => {
    const huge = JSON.stringify({ ...sampleInput(), template: "x".repeat(11 * 1024 * 1024) });
    expect((await post(huge)).status).toBe(413);
    const untold = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.from(huge));
        controller.close();
      },
    });
    const response = await fetch(`${service.url}/v1/reports`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: untold,
      duplex: "half",
    });
    expect(response.status).toBe(413);
  });

  it("answers 429 with Retry-After when the queue is full", async () => {
    await post(sampleInput({ commitSha: "running" }));
    await provider.called(1);
    await post(sampleInput({ commitSha: "waiting" }));
    const response = await post(sampleInput({ commitSha: "refused" }));
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await response.json()).toMatchObject({ error: "Too many requests", retryAfter: 5 });
    provider.release();
  });

  it("answers 405 to another method, and names those it takes", async () => {
    const response = await fetch(`${service.url}/v1/reports`, { method: "DELETE" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("answers 503 while the server shuts down, and closes the connection", async () => {
    service.drain();
    const response = await post(sampleInput());
    expect([response.status, response.headers.get("connection")]).toEqual([503, "close"]);
    expect(await response.json()).toMatchObject({ error: "Service unavailable", retryAfter: 1 });
  });
});

describe("GET /v1/reports/:jobId", () => {
  it("still answers while the server shuts down", async () => {
    const jobId = await makeReport();
    service.drain();
    expect((await fetch(`${service.url}/v1/reports/${jobId}`)).status).toBe(200);
  });

  it("answers with the job as it stands, and with its report once it has one", async () => {
    const { statusUrl } = (await (await post(sampleInput())).json()) as { statusUrl: string };
    const early = (await (await fetch(service.url + statusUrl)).json()) as { status: string };
    expect(["queued", "running"]).toContain(early.status);
    const jobId = await makeReport();
    const response = await fetch(service.url + statusUrl);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "completed",
      jobId,
      data: sampleContent(),
      attempts: [{ provider: "held", number: 1, outcome: "succeeded" }],
    });
  });

  it("answers 404 for an unknown job, whatever its name", async () => {
    for (const jobId of ["none", "%2e%2e", "%ff", "a".repeat(5_000)]) {
      const response = await fetch(`${service.url}/v1/reports/${jobId}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: "Not found" });
    }
  });

  it("sends headers only to HEAD", async () => {
    const jobId = await makeReport();
    const response = await fetch(`${service.url}/v1/reports/${jobId}`, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
  });
});

describe("the pages for probes", () => {
  it("say that the process lives, is ready, and how its parts are", async () => {
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
    const health = await fetch(`${service.url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toEqual({
      status: "ok",
      engine: { name: "memory", state: "up" },
      queue: { waiting: 0, active: 0 },
      providers: [{ name: "held", circuit: "closed", cooldownMs: 0 }],
    });
  });

  it("stay alive but go not ready while the process shuts down", async () => {
    service.drain();
    expect((await fetch(`${service.url}/livez`)).status).toBe(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${service.url}/health`)).status).toBe(503);
  });

  it("take GET only", async () => {
    expect((await fetch(`${service.url}/health`, { method: "POST" })).status).toBe(405);
  });
});

describe("every answer", () => {
  it("carries the request's id, the caller's own when it is a safe one", async () => {
    const own = await fetch(`${service.url}/livez`, { headers: { "x-request-id": "my-id.1" } });
    expect(own.headers.get("x-request-id")).toBe("my-id.1");
    const unsafe = await fetch(`${service.url}/livez`, { headers: { "x-request-id": "a b{}" } });
    expect(unsafe.headers.get("x-request-id")).toMatch(/^[\da-f-]{36}$/);
  });

  it("to an address that is none is 404", async () => {
    const response = await fetch(`${service.url}/nothing`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: "Not found" });
  });
});
