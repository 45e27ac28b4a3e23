import { once } from "node:events";
import * as http2 from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { ProviderError } from "../../src/core/errors.ts";
import type { ProviderAdapter } from "../../src/core/ports.ts";
import { createGate } from "../support/gate.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const GRPC = "stepper.v1.ReportService";

let service: TestService | undefined;

afterEach(() => service?.close());

/** Samples by name and labels, such as `cache_hits_total{status="fresh"}`. */
type Samples = ReadonlyMap<string, number>;

async function scrape(): Promise<Samples> {
  const response = await fetch(`${service?.url ?? ""}/metrics`);
  expect(response.headers.get("content-type")).toContain("version=0.0.4");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** The samples of one metric, without its name; zeros left out. */
function of(samples: Samples, name: string): Readonly<Record<string, number>> {
  const own = [...samples].filter(([key, value]) => key.replace(/\{.*/, "") === name && value !== 0);
  return Object.fromEntries(own.map(([key, value]) => [key.slice(name.length), value]));
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${service?.url ?? ""}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** Fails with each error in turn, and then answers as `then` does. */
function createFailing(errors: ProviderError[], then: ProviderAdapter): ProviderAdapter {
  return {
    ...then,
    call: (...call) => {
      const error = errors.shift();
      return error ? Promise.reject(error) : then.call(...call);
    },
  };
}

/** Enqueues a commit, and waits until everybody has been told of its job's end. */
async function runJob(commitSha: string): Promise<void> {
  const told = createGate<string>();
  const tell = (jobId: string): void => told.pass(jobId);
  const unregister = service?.wired.registerCallbacks({ onSuccess: tell, onFallback: tell });
  await post("/v1/reports", sampleInput({ commitSha }));
  await told.passed(1);
  unregister?.();
}

describe("metrics of jobs and providers", () => {
  it("say what was done", async () => {
    const held = createHeldProvider("second");
    held.release();
    const down = Array.from({ length: 2 }, () => new ProviderError("unavailable", "down"));
    const first = createFailing([...down, new ProviderError("auth", "no")], createHeldProvider("first"));
    service = await startTestService({
      providers: [first, held],
      retryDelayMs: 1,
      retryMaxAttempts: 2,
      circuit: { errorPercent: 50, minCalls: 2, windowMs: 60_000, resetMs: 60_000 },
    });
    await runJob("a");
    await post("/v1/reports", sampleInput({ commitSha: "a" }));
    const samples = await scrape();
    expect(of(samples, "ai_requests_total")).toEqual({
      '{provider="first",status="failed"}': 2,
      '{provider="second",status="succeeded"}': 1,
    });
    expect(of(samples, "ai_request_duration_seconds_count")).toEqual({
      '{provider="first"}': 2,
      '{provider="second"}': 1,
    });
    expect(of(samples, "provider_failures_total")).toEqual({ '{provider="first",reason="unavailable"}': 2 });
    expect(of(samples, "provider_tokens_total")).toEqual({
      '{provider="second",direction="input"}': 100,
      '{provider="second",direction="output"}': 20,
    });
    expect(samples.get('circuit_state{provider="first"}')).toBe(2);
    expect(samples.get('circuit_state{provider="second"}')).toBe(0);
    expect(of(samples, "cache_hits_total")).toEqual({ '{status="fresh"}': 1 });
    expect(of(samples, "cache_misses_total")).toEqual({ "": 1 });
    expect(of(samples, "jobs_processed_total")).toEqual({ '{status="completed"}': 1 });
    expect(of(samples, "job_duration_seconds_count")).toEqual({ "": 1 });
    expect(samples.get("fallback_reports_total")).toBe(0);
    expect(samples.get("process_cpu_user_seconds_total")).toBeGreaterThan(0);
  });

  it("tell pending, stale and fallback apart, and show the queue and the watchers", async () => {
    const held = createHeldProvider();
    service = await startTestService({ providers: [held], concurrency: 1 });
    const enqueue = (commitSha: string) => post("/v1/reports", sampleInput({ commitSha }));
    const { jobId } = (await (await enqueue("a")).json()) as { jobId: string };
    await held.called(1);
    await enqueue("a");
    await enqueue("b");
    const client = createClient(ReportService, createGrpcTransport({ baseUrl: service.url }));
    const watch = client.watchJob({ jobId })[Symbol.asyncIterator]();
    await watch.next();
    const samples = await scrape();
    expect(of(samples, "cache_hits_total")).toEqual({ '{status="pending"}': 1 });
    expect(of(samples, "cache_misses_total")).toEqual({ "": 2 });
    expect(of(samples, "job_queue_size")).toEqual({ '{state="waiting"}': 1, '{state="active"}': 1 });
    expect(samples.get("watchers")).toBe(1);
    await fetch(`${service.url}/v1/reports/${jobId}`, { method: "DELETE" });
    // Its stream ends with the job.
    for (let next = await watch.next(); next.done !== true; next = await watch.next());
    held.release();
    await runJob("c");
    const after = await scrape();
    expect(of(after, "jobs_processed_total")).toEqual({
      '{status="cancelled"}': 1,
      '{status="completed"}': 2,
    });
    expect(of(after, "ai_requests_total")).toEqual({
      '{provider="held",status="aborted"}': 1,
      '{provider="held",status="succeeded"}': 2,
    });
    expect(after.get("watchers")).toBe(0);
    expect(of(after, "job_queue_size")).toEqual({});
  });

  it("count a fallback", async () => {
    service = await startTestService();
    await runJob("a");
    expect((await scrape()).get("fallback_reports_total")).toBe(1);
    await runJob("a");
    const samples = await scrape();
    expect(samples.get("fallback_reports_total")).toBe(2);
    expect(of(samples, "cache_hits_total")).toEqual({ '{status="stale"}': 1 });
  });
});

describe("metrics of calls", () => {
  beforeEach(async () => {
    service = await startTestService({
      admission: {
        apiKeys: { header: "x-api-key", keys: [{ tenant: "acme", key: "secret-key" }], skipHealth: true },
      },
    });
  });

  const headers = { "x-api-key": "secret-key" };

  it("name the method and the code at every door, once a call", async () => {
    const baseUrl = service?.url ?? "";
    const connect = createClient(ReportService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
    const grpc = createClient(ReportService, createGrpcTransport({ baseUrl }));
    const codes: string[] = [];
    await connect.get({ jobId: "none" }, { headers }).catch(() => codes.push("connect"));
    await grpc.get({ jobId: "none" }, { headers }).catch(() => codes.push("grpc"));
    await grpc.get({ jobId: "none" }).catch(() => codes.push("no key"));
    await fetch(`${baseUrl}/v1/reports/none`, { headers });
    await fetch(`${baseUrl}/v1/reports/none`);
    await fetch(`${baseUrl}/v1/reports/none`, { method: "PUT", headers });
    await post("/v1/reports", {}, headers);
    await post("/v1/reports", sampleInput(), headers);
    await post(`/${GRPC}/Enqueue`, { userId: 7 }, headers);
    await fetch(`${baseUrl}/nothing`, { headers });
    expect(codes).toEqual(["connect", "grpc", "no key"]);
    expect(of(await scrape(), "rpc_requests_total")).toEqual({
      [`{method="${GRPC}/Get",code="not_found"}`]: 2,
      [`{method="${GRPC}/Get",code="unauthenticated"}`]: 1,
      '{method="GET /v1/reports/{jobId}",code="not_found"}': 1,
      '{method="GET /v1/reports/{jobId}",code="unauthenticated"}': 1,
      '{method="/v1/reports/{jobId}",code="unimplemented"}': 1,
      '{method="POST /v1/reports",code="invalid_argument"}': 1,
      '{method="POST /v1/reports",code="ok"}': 1,
      [`{method="${GRPC}/Enqueue",code="invalid_argument"}`]: 1,
      '{method="other",code="not_found"}': 1,
    });
  });

  it("have the code of a gRPC call that failed before its handler", async () => {
    const session = http2.connect(service?.url ?? "");
    const call = session.request({
      ":method": "POST",
      ":path": `/${GRPC}/Get`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    call.resume();
    call.end(Buffer.from([0, 0, 0, 0, 1, 0xff]));
    await once(call, "close");
    session.destroy();
    expect(of(await scrape(), "rpc_requests_total")).toEqual({
      [`{method="${GRPC}/Get",code="internal"}`]: 1,
    });
  });

  it("have as many series after a thousand made-up names as before", async () => {
    const baseUrl = service?.url ?? "";
    const invent = async (index: number): Promise<void> => {
      const name = `made-up-${index}`;
      const made = { ...headers, "x-request-id": name, "user-agent": name, "x-forwarded-for": name };
      await fetch(`${baseUrl}/${name}`, { headers: made });
      await fetch(`${baseUrl}/${GRPC}/${name}`, {
        method: "POST",
        headers: { ...made, "content-type": "application/grpc" },
      });
      await fetch(`${baseUrl}/v1/reports/${name}`, { headers: made });
      await fetch(`${baseUrl}/v1/reports/${name}`, {
        method: index % 2 === 0 ? "PATCH" : "PUT",
        headers: made,
      });
    };
    await invent(0);
    await invent(1);
    const before = [...(await scrape()).keys()].sort();
    for (let index = 2; index < 250; index += 1) await invent(index);
    const after = [...(await scrape()).keys()].sort();
    // Node's own figures have a series for each kind of handle that is open.
    const own = (keys: readonly string[]) => keys.filter((key) => !/^(nodejs|process)_/.test(key));
    expect(own(after)).toEqual(own(before));
    expect(after.join("\n")).not.toContain("made-up");
  });
});

describe("a call that its client gives up", () => {
  it.each([
    ["gRPC", () => createGrpcTransport({ baseUrl: service?.url ?? "" })],
    ["Connect", () => createConnectTransport({ baseUrl: service?.url ?? "", httpVersion: "1.1" })],
    ["Connect over HTTP/2", () => createConnectTransport({ baseUrl: service?.url ?? "", httpVersion: "2" })],
  ] as const)("is counted as canceled: a watcher over %s", async (_, createTransport) => {
    const held = createHeldProvider();
    service = await startTestService({ providers: [held] });
    const { jobId } = (await (await post("/v1/reports", sampleInput())).json()) as { jobId: string };
    const leaving = new AbortController();
    const stream = createClient(ReportService, createTransport()).watchJob(
      { jobId },
      { signal: leaving.signal },
    );
    await expect(
      (async () => {
        for await (const message of stream) if (message.event.case === "attemptStarted") leaving.abort();
      })(),
    ).rejects.toThrow();
    let calls: Readonly<Record<string, number>> = {};
    const label = `{method="${GRPC}/WatchJob",code="canceled"}`;
    while (calls[label] === undefined && Object.keys(calls).every((key) => !key.includes("WatchJob")))
      calls = of(await scrape(), "rpc_requests_total");
    expect(calls[label]).toBe(1);
    held.release();
  });
});

describe("the page", () => {
  it("takes GET and HEAD alone", async () => {
    service = await startTestService();
    expect((await fetch(`${service.url}/metrics`, { method: "HEAD" })).status).toBe(200);
    const refused = await fetch(`${service.url}/metrics`, { method: "POST" });
    expect([refused.status, refused.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("leaves out the queue's depth while the engine can't say", async () => {
    service = await startTestService();
    expect((await scrape()).get('job_queue_size{state="waiting"}')).toBe(0);
    service.wired.engine.queue.counts = () => Promise.reject(new Error("away"));
    const samples = await scrape();
    expect([...samples.keys()].filter((key) => key.startsWith("job_queue_size"))).toEqual([]);
    expect(samples.has("watchers")).toBe(true);
  });
});
