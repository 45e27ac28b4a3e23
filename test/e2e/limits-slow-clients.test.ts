import { once } from "node:events";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { closed, envelope, SERVICE, startRawClient } from "./raw-client.ts";
import type { RawClient } from "./raw-client.ts";

const REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

let client: RawClient;

afterEach(() => client.close());

describe("a body that does not come to its end", () => {
  it.each([
    ["/v1/reports", "408", '"error":"Request timeout"'],
    [`${SERVICE}/Enqueue`, "504", '"code":"deadline_exceeded"'],
  ])("over HTTP/1.1 is answered and cut off, at %s", async (path, status, text) => {
    client = await startRawClient({ limits: { bodyMs: 200 } });
    const socket = client.connect();
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
    socket.write(`${head}{"userId":`);
    await closed(socket);
    const answer = Buffer.concat(chunks).toString();
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer).toContain(text);
    await client.expectAlive();
  });

  it.each([
    ["REST", "/v1/reports", "application/json", { ":status": 408 }],
    ["Connect", `${SERVICE}/Enqueue`, "application/json", { ":status": 504 }],
    ["gRPC", `${SERVICE}/Enqueue`, "application/grpc", { ":status": 200, "grpc-status": "4" }],
  ])("over HTTP/2 is answered and reset, and other calls go on: %s", async (_, path, type, expected) => {
    client = await startRawClient({ limits: { bodyMs: 200 } });
    const slow = client.call(path, type);
    slow.stream.write("\0");
    expect((await slow.answer).headers).toMatchObject(expected);
    const next = await client.post("/v1/reports", "application/json", JSON.stringify(sampleInput()));
    expect(next.headers[":status"]).toBe(202);
  });

  it("ends a stream of reflection, too, once it says nothing more", async () => {
    client = await startRawClient({ limits: { bodyMs: 1_000, bytesInFlight: 10_000 } });
    const { stream, answer } = client.call(REFLECTION, "application/grpc");
    const startedAtMs = performance.now();
    let questions = 0;
    // With pauses: for longer than one body may take, and with more in all than all bodies may have.
    for (; questions < 50 || performance.now() - startedAtMs < 1_200; questions += 1) {
      stream.write(envelope(Buffer.from([0x3a, 0])));
      await once(stream, "data");
    }
    const { body } = await answer;
    expect(body.split("stepper.v1.ReportService").length - 1).toBe(questions);
  });

  it("does not mean one that waits behind another", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({ providers: [provider], heartbeatMs: 50, limits: { bodyMs: 200 } });
    const watch = envelope(Buffer.from(JSON.stringify({ jobId: await client.enqueue() }))).toString("latin1");
    const socket = client.connect();
    const head = `POST ${SERVICE}/WatchJob HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\n`;
    socket.write(`${head}Content-Length: ${watch.length}\r\n\r\n${watch}`, "latin1");
    socket.write("GET /v1/reports/none HTTP/1.1\r\nHost: a\r\n\r\n");
    let text = "";
    const seen = new Promise<void>((resolve) =>
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        // Longer than a body may take.
        if (text.split("heartbeat").length > 12) provider.release();
        if (text.includes("HTTP/1.1 404")) resolve();
      }),
    );
    await Promise.race([seen, closed(socket)]);
    expect(text).toContain("HTTP/1.1 404 Not Found");
  });

  it("does not mean a watcher, who said everything at once", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({ providers: [provider], heartbeatMs: 50, limits: { bodyMs: 200 } });
    expect((await client.watchUntil(12)).seen).toBe(12);
    provider.release();
  });
});

describe("a client that takes nothing of its answer", () => {
  it("loses the call over HTTP/2, and keeps the connection", async () => {
    client = await startRawClient({ limits: { stallMs: 200 } });
    client.session({ settings: { initialWindowSize: 0 } });
    const stuck = await client.post("/v1/reports", "application/json", "{}");
    expect(stuck.headers[":status"]).toBe(400);
    expect(stuck.body).toBe("");
    client.session().settings({ initialWindowSize: 65_535 });
    expect((await client.post("/v1/reports", "application/json", "{}")).body).toContain("Invalid request");
  });

  it("loses the connection over HTTP/1.1", async () => {
    const largest = sampleContent({ changes: Array.from({ length: 50 }, () => "x".repeat(1_000)) });
    const provider = { name: "wordy", call: () => Promise.resolve({ content: largest }) };
    client = await startRawClient({
      providers: [provider],
      limits: { stallMs: 200, callsPerPipeline: Infinity },
    });
    const told = new Promise((resolve) => client.service.wired.registerCallbacks({ onSuccess: resolve }));
    const jobId = await client.enqueue();
    await told;
    const socket = client.connect();
    const end = closed(socket);
    const asks = Buffer.from(`GET /v1/reports/${jobId} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(100));
    // Nothing is read, so the server can send until the kernel's buffers, some 40 MiB, are full, and then waits.
    socket.pause();
    const flood = (): void => void socket.write(asks, (error) => error ?? flood());
    flood();
    await end;
    await client.expectAlive();
  });

  it("does not mean one whose answer takes long", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({ providers: [provider], heartbeatMs: 1_000, limits: { stallMs: 50 } });
    const { stream, seen } = await client.watchUntil(4);
    expect(seen).toBe(4);
    expect(stream.closed).toBe(false);
    provider.release();
  });
});
