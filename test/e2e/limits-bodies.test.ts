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
