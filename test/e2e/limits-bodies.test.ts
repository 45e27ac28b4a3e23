import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { envelope, SERVICE, startRawClient } from "./raw-client.ts";
import type { RawClient } from "./raw-client.ts";

let client: RawClient;

afterEach(() => client.close());

describe("bodies of many requests", () => {
  const large = JSON.stringify(sampleInput({ diffSummary: "x".repeat(400_000) }));

  /** One request that has sent 700 KB of its body, and not yet its end. */
  async function holdBody() {
    const held = client.call("/v1/reports", "application/json");
    const padding = " ".repeat(700_000 - large.length);
    await new Promise((resolve) => held.stream.write(padding + large, resolve));
    return held;
  }

  it.each([
    ["REST", "/v1/reports", "application/json", Buffer.from(large), { ":status": 503, "retry-after": "1" }],
    ["Connect", `${SERVICE}/Enqueue`, "application/json", Buffer.from(large), { ":status": 503 }],
    [
      "gRPC",
      `${SERVICE}/Enqueue`,
      "application/grpc+json",
      envelope(Buffer.from(large)),
      { "grpc-status": "14", "retry-after": "1" },
    ],
  ])(
    "find no room when there is too much of them, and do later: %s",
    async (_, path, type, body, expected) => {
      client = await startRawClient({ limits: { bytesInFlight: 1_000_000 } });
      const held = await holdBody();
      expect((await client.post(path, type, body)).headers).toMatchObject(expected);
      held.stream.end();
      expect((await held.answer).headers[":status"]).toBe(202);
      const { headers } = await client.post(path, type, body);
      expect(headers["grpc-status"] ?? headers[":status"]).not.toBe(503);
      expect([200, 202]).toContain(headers[":status"]);
    },
  );

  it("are given back when a connection breaks, also by a call that waits there behind another", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({ providers: [provider], limits: { bytesInFlight: 1_000_000 } });
    const watch = envelope(Buffer.from(JSON.stringify({ jobId: await client.enqueue() })));
    const head = (path: string, type: string, length: number): string =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
    const socket = client.connect().resume();
    socket.write(head(`${SERVICE}/WatchJob`, "application/connect+json", watch.length));
    socket.write(watch);
    socket.write(`${head("/v1/reports", "application/json", 700_000)}${large.padEnd(700_000)}`);
    const statusOf = async () =>
      Number((await client.post("/v1/reports", "application/json", large)).headers[":status"]);
    while ((await statusOf()) !== 503);
    socket.destroy();
    while ((await statusOf()) === 503);
    provider.release();
  });

  it("count as what they take when they come a byte at a time", async () => {
    client = await startRawClient({ limits: { bytesInFlight: 1_000_000 } });
    const socket = client.connect();
    const head = "POST /v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n${"1\r\n \r\n".repeat(10_000)}`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 /);
  });

  it("count as what they are when they come compressed", async () => {
    client = await startRawClient({ limits: { bytesInFlight: 1_000_000 } });
    const held = await holdBody();
    const headers = { "content-encoding": "gzip" };
    const squeezed = gzipSync(large);
    expect(squeezed.length).toBeLessThan(10_000);
    const answer = await client.post(`${SERVICE}/Enqueue`, "application/json", squeezed, headers);
    expect(answer.headers[":status"]).toBe(503);
    held.stream.end();
    await held.answer;
    expect(
      (await client.post(`${SERVICE}/Enqueue`, "application/json", squeezed, headers)).headers[":status"],
    ).toBe(200);
  });
});

describe("a message with too many fields and items", () => {
  const list = `{"files":[${'"",'.repeat(100_000)}""]}`;
  const keys = `{${Array.from({ length: 10_000 }, (_, index) => `"k${index}":1`).join()}}`;
  /** Of field 5, `files`, or of one that no message has. */
  const toItems = (tag: number): Buffer => Buffer.alloc(200_000, Buffer.from([tag, 0]));
  const files = toItems(0x2a);
  const unknown = toItems(0x78);
  const gzip = { "content-encoding": "gzip" };

  it.each<[string, string, string, Buffer, Record<string, string>]>([
    ["a list in JSON", "/v1/reports", "application/json", Buffer.from(list), {}],
    ["a list in Connect's JSON", `${SERVICE}/Enqueue`, "application/json", Buffer.from(list), {}],
    ["the keys of JSON", `${SERVICE}/Get`, "application/json", Buffer.from(keys).subarray(0, 64_000), {}],
    ["a list in gRPC's JSON", `${SERVICE}/Enqueue`, "application/grpc+json", envelope(Buffer.from(list)), {}],
    ["a list", `${SERVICE}/Enqueue`, "application/proto", files, {}],
    ["a small list", `${SERVICE}/Enqueue`, "application/proto", files.subarray(0, 10_002), {}],
    ["a compressed list", `${SERVICE}/Enqueue`, "application/proto", gzipSync(files), gzip],
    ["a list over gRPC", `${SERVICE}/Enqueue`, "application/grpc", envelope(files), {}],
    ["a list over gRPC-Web", `${SERVICE}/Enqueue`, "application/grpc-web", envelope(files), {}],
    ["fields that nobody knows", `${SERVICE}/Enqueue`, "application/proto", unknown, {}],
    [
      "fields to health",
      "/grpc.health.v1.Health/Check",
      "application/proto",
      unknown.subarray(0, 60_000),
      {},
    ],
    ["fields to a stream", `${SERVICE}/WatchJob`, "application/connect+proto", envelope(files), {}],
  ])("is refused before it is parsed: %s", async (_, path, type, body, headers) => {
    client = await startRawClient();
    const answer = await client.post(path, type, body, headers);
    const text = decodeURIComponent(String(answer.headers["grpc-message"] ?? "") + answer.body);
    expect(text).toMatch(/at most 5000 fields and items|larger than configured/);
    expect(text).toContain(path.endsWith("WatchJob") ? "larger than" : "at most 5000");
  });

  it("does not mean the largest commit that the contract allows", async () => {
    client = await startRawClient();
    const files = Array.from({ length: 2_000 }, (_, index) => `${index}`.padEnd(2_000, "f"));
    const components = Array.from({ length: 200 }, () => "c".repeat(256));
    const input = sampleInput({ files, components, diffSummary: ",".repeat(500_000) });
    const answer = await client.post("/v1/reports", "application/json", JSON.stringify(input));
    expect(answer.headers[":status"]).toBe(202);
  });

  it.each([
    ["Connect", "application/proto", (bytes: Buffer) => bytes],
    ["gRPC", "application/grpc", envelope],
  ])("is as small as an id needs for all but commits: over %s", async (_, type, seal) => {
    client = await startRawClient();
    const jobId = Buffer.concat([Buffer.from([0x0a, 0xf0, 0xa2, 0x04]), Buffer.alloc(70_000, 0x61)]);
    for (const path of [`${SERVICE}/Get`, `${SERVICE}/Cancel`, "/grpc.health.v1.Health/Check"]) {
      const { headers, body } = await client.post(path, type, seal(jobId));
      expect(decodeURIComponent(String(headers["grpc-message"] ?? "") + body)).toContain(
        "larger than configured",
      );
    }
  });
});

describe("JSON with too many objects and lists", () => {
  const json = Buffer.from(`{"files":${"[".repeat(2_000)}`);
  const gzip = gzipSync(json);

  it.each([
    ["REST", "/v1/reports", "application/json", json, {}, { ":status": 400 }],
    ["Connect", `${SERVICE}/Enqueue`, "application/json", json, {}, { ":status": 400 }],
    [
      "compressed Connect",
      `${SERVICE}/Enqueue`,
      "application/json",
      gzip,
      { "content-encoding": "gzip" },
      { ":status": 400 },
    ],
    ["gRPC", `${SERVICE}/Enqueue`, "application/grpc+json", envelope(json), {}, { "grpc-status": "3" }],
    [
      "compressed gRPC",
      `${SERVICE}/Enqueue`,
      "application/grpc+json",
      envelope(gzip, 1),
      { "grpc-encoding": "gzip" },
      { "grpc-status": "3" },
    ],
  ])("is refused before it is parsed, at %s", async (_, path, type, body, headers, expected) => {
    client = await startRawClient();
    const answer = await client.post(path, type, body, headers);
    expect(answer.headers).toMatchObject(expected);
    const text = decodeURIComponent(String(answer.headers["grpc-message"] ?? answer.body));
    expect(text).toContain("at most 1000 objects and lists");
  });

  it.each([
    ["a Connect stream", `${SERVICE}/WatchJob`, "application/connect+json"],
    ["gRPC-Web", `${SERVICE}/Enqueue`, "application/grpc-web+json"],
  ])("is refused in the body of %s", async (_, path, type) => {
    client = await startRawClient();
    const { body } = await client.post(path, type, envelope(json));
    expect(decodeURIComponent(body)).toContain("at most 1000 objects and lists");
  });

  it("does not mean a diff with many brackets", async () => {
    client = await startRawClient();
    const body = JSON.stringify(sampleInput({ diffSummary: "[{".repeat(10_000) }));
    const answer = await client.post(
      `${SERVICE}/Enqueue`,
      "application/grpc+json",
      envelope(Buffer.from(body)),
    );
    expect(answer.headers["grpc-status"]).toBe("0");
  });
});
