import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Code, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { createGate } from "../support/gate.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { runCommand, startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";

/** A process takes seconds to start on a busy machine. */
const TWO_STARTS_MS = 30_000;

/** Their log lines, half a mebibyte, are more than a pipe and its reader take in advance. */
const CALLS = 2_000;

let server: ServerProcess | undefined;
let space: Server | undefined;
let folder: string | undefined;

afterEach(async () => {
  await server?.stop();
  space?.closeAllConnections();
  space?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
  server = space = folder = undefined;
});

/** A Space that answers when the test says so. */
async function startSpace() {
  const calls = createGate<ServerResponse>();
  space = createServer((_, response) => calls.pass(response));
  space.listen(0, "127.0.0.1");
  await once(space, "listening");
  const { port } = space.address() as AddressInfo;
  const environment = { HF_SPACE_ENABLED: "true", HF_SPACE_URL: `http://127.0.0.1:${port}` };
  return { environment, nextCall: async () => (await calls.passed(1))[0] };
}

function answer(response: ServerResponse | undefined): void {
  response?.setHeader("content-type", "application/json");
  response?.end(JSON.stringify({ report: JSON.stringify(sampleContent()) }));
}

function enqueue(url: string, body: unknown = sampleInput()): Promise<Response> {
  return fetch(`${url}/v1/reports`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

describe("stepper serve", () => {
  it(
    "has metrics on its port, or on one of their own",
    async () => {
      server = await startServerProcess();
      expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
      await server.stop();
      server = await startServerProcess({ environment: { METRICS_PORT: "0" } });
      const { port } = (await server.line(({ msg }) => msg === "metrics are listening")) as { port: number };
      expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
      const page = `http://127.0.0.1:${port}`;
      expect(await (await fetch(`${page}/metrics`)).text()).toContain("\njobs_processed_total");
      expect((await fetch(`${page}/livez`)).status).toBe(404);
      expect(await server.stop()).toBe(0);
    },
    TWO_STARTS_MS,
  );

  it("answers without any configuration, with a report from the template", async () => {
    server = await startServerProcess();
    const { jobId } = (await (await enqueue(server.url)).json()) as { jobId: string };
    await server.line((line) => line.msg === "job ended" && line.jobId === jobId);
    const job = (await (await fetch(`${server.url}/v1/reports/${jobId}`)).json()) as { data: unknown };
    expect(job).toMatchObject({ status: "completed", data: { fallback: true, provider: "template" } });
  });

  it("finishes the running job on SIGTERM, refuses new ones meanwhile, and exits with 0", async () => {
    const { environment, nextCall } = await startSpace();
    server = await startServerProcess({ environment });
    const { url } = server;
    const client = createClient(ReportService, createConnectTransport({ baseUrl: url, httpVersion: "2" }));
    const { jobId } = await client.enqueue(sampleInput());
    const events: (string | undefined)[] = [];
    const watched = (async () => {
      for await (const { event } of client.watchJob({ jobId })) events.push(event.case);
    })();
    const call = await nextCall();
    server.child.kill("SIGTERM");
    await server.line((line) => line.msg === "shutting down");
    // On a connection of its own: a call that crosses the word that the old one is closing fails in the client.
    const other = createClient(ReportService, createConnectTransport({ baseUrl: url, httpVersion: "2" }));
    await expect(other.enqueue({ ...sampleInput(), commitSha: "other" })).rejects.toMatchObject({
      code: Code.Unavailable,
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    answer(call);
    await watched;
    expect(events).toEqual(["queued", "started", "attemptStarted", "completed"]);
    expect(await server.stop()).toBe(0);
  });

  it("cuts off a job that outlasts the shutdown's timeout, says so in its log, and exits with 0", async () => {
    const { environment, nextCall } = await startSpace();
    server = await startServerProcess({ environment: { ...environment, SHUTDOWN_TIMEOUT_MS: "100" } });
    const client = createClient(
      ReportService,
      createConnectTransport({ baseUrl: server.url, httpVersion: "2" }),
    );
    const { jobId } = await client.enqueue(sampleInput());
    await nextCall();
    const events = createGate<unknown>();
    const watched = (async () => {
      for await (const { event } of client.watchJob({ jobId })) events.pass(event);
    })();
    await events.passed(1);
    expect(await server.stop()).toBe(0);
    await watched;
    const last = (await events.passed(1)).at(-1);
    expect(last).toMatchObject({ case: "failed", value: { error: { kind: "interrupted" } } });
  });

  it("answers while nobody reads its log, which then lacks nothing", async () => {
    server = await startServerProcess();
    const { child, url, line, output } = server;
    child.stdout?.pause();
    for (let call = 1; call <= CALLS; call += 1) {
      const headers = { "x-request-id": `${call}-${"x".repeat(120)}` };
      expect((await fetch(`${url}/v1/reports/none`, { headers })).status).toBe(404);
    }
    child.stdout?.resume();
    await line(({ requestId }) => String(requestId).startsWith(`${CALLS}-`));
    expect(output().match(/"msg":"call"/g)?.length).toBe(CALLS);
  });

  it("answers when its log's reader has gone, and says so once", async () => {
    server = await startServerProcess();
    const { child, url, output } = server;
    const closed = child.stdout && once(child.stdout, "close");
    child.stdout?.destroy();
    await closed;
    for (let call = 0; call < 3; call += 1) expect((await enqueue(url)).status).toBeLessThan(300);
    expect(await server.stop()).toBe(0);
    expect(output().match(/the log can not be written \(EPIPE\)/g)?.length).toBe(1);
  });

  it("puts the request's id and the job's on every log line that has one", async () => {
    server = await startServerProcess();
    const response = await enqueue(server.url);
    const requestId = response.headers.get("x-request-id");
    const { jobId } = (await response.json()) as { jobId: string };
    expect(await server.line((line) => line.requestId === requestId)).toMatchObject({
      msg: "call",
      method: "POST /v1/reports",
      status: 202,
      jobId,
    });
    expect(await server.line((line) => line.msg === "job ended")).toMatchObject({ jobId, fallback: true });
  });

  it("writes no key into its log", async () => {
    const { environment, nextCall } = await startSpace();
    server = await startServerProcess({
      environment: { ...environment, HF_SPACE_API_KEY: "very-secret-key", LOG_LEVEL: "trace" },
    });
    await enqueue(server.url);
    const call = await nextCall();
    expect(call?.req.headers.authorization).toBe("Bearer very-secret-key");
    call?.writeHead(401).end("very-secret-key");
    await server.line((line) => line.msg === "job ended");
    expect(server.output()).not.toContain("very-secret-key");
  });

  it("refuses a small body that unpacks to more than the limit", async () => {
    server = await startServerProcess();
    const body = gzipSync(JSON.stringify({ ...sampleInput(), template: " ".repeat(50 * 1024 * 1024) }));
    const response = await fetch(`${server.url}/stepper.v1.ReportService/Enqueue`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
      body,
    });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ code: "resource_exhausted" });
  });

  it("reads .env in its working directory, under the real environment", async () => {
    folder = await mkdtemp(join(tmpdir(), "stepper-"));
    await writeFile(join(folder, ".env"), "LOG_LEVEL=debug\nPORT=1\n");
    server = await startServerProcess({ cwd: folder });
    await server.line((line) => line.level === 20);
  });
});

describe("stepper serve with a wrong environment", () => {
  it("names every problem by its variable and exits with 1", async () => {
    const { code, stderr } = await runCommand(["serve"], {
      environment: {
        PORT: "seventy",
        LOG_LEVEL: "loud",
        CACHE_TTL_SECONDS: "-1",
        GEMINI_RPS: "x",
        TRUST_PROXY: "1",
      },
    });
    expect(code).toBe(1);
    for (const name of ["PORT", "LOG_LEVEL", "CACHE_TTL_SECONDS", "GEMINI_RPS"])
      expect(stderr).toContain(name);
    expect(stderr).not.toContain("TRUST_PROXY");
    expect(stderr).not.toContain("    at ");
  });

  it("names what a provider lacks", async () => {
    const { code, stderr } = await runCommand(["serve"], {
      environment: { GEMINI_ENABLED: "true", OPENAI_COMPATIBLE_ENABLED: "true" },
    });
    expect(code).toBe(1);
    for (const name of ["GEMINI_API_KEY", "OPENAI_COMPATIBLE_URL", "OPENAI_COMPATIBLE_MODEL"]) {
      expect(stderr).toContain(name);
    }
  });

  it(
    "says in one line that its port is taken",
    async () => {
      server = await startServerProcess();
      const { code, stderr } = await runCommand(["serve"], {
        environment: { PORT: String(server.port), HOST: "127.0.0.1", LOG_LEVEL: "silent" },
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^stepper: .*EADDRINUSE.*\n$/);
    },
    TWO_STARTS_MS,
  );
});
