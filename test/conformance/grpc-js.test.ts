import * as grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { USUAL_HEADERS } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { cancel, check, enqueue, get } from "./wires.ts";
import type { Message } from "./wires.ts";

let ways: TwoWays;
const clients = new Map<string, grpc.Client>();

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(async () => {
  clients.forEach((client) => client.close());
  await ways.close();
});

/** One for each server and set of options. */
function clientOf({ port }: Way, options: grpc.ChannelOptions): grpc.Client {
  const key = `${port} ${JSON.stringify(options)}`;
  const known = clients.get(key);
  if (known) return known;
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  clients.set(key, client);
  return client;
}

interface Options {
  readonly metadata?: Readonly<Record<string, string | Buffer>>;
  readonly channel?: grpc.ChannelOptions;
}

/** All that the library tells of a call. */
function call(way: Way, { path, binary }: Message, { metadata = {}, channel = {} }: Options = {}) {
  const sent = new grpc.Metadata();
  for (const [name, value] of Object.entries({ ...USUAL_HEADERS, ...metadata })) sent.set(name, value);
  const pass = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve) => {
    let answer: unknown;
    let head: unknown;
    clientOf(way, channel)
      .makeUnaryRequest(path, pass, pass, binary, sent, (error, bytes) => {
        answer = error ? error.code : bytes?.toString("latin1");
      })
      .on("metadata", (received: grpc.Metadata) => (head = withoutDate(received)))
      .on("status", ({ code, details, metadata: trailers }: grpc.StatusObject) =>
        setImmediate(() => resolve({ answer, head, code, details, trailers: withoutDate(trailers) })),
      );
  });
}

function withoutDate(metadata: grpc.Metadata): unknown {
  const { date: _, ...rest } = metadata.toJSON();
  return rest;
}

const gzip = { "grpc.default_compression_algorithm": grpc.compressionAlgorithms.gzip };
const manyFields = enqueue("new", { files: Array.from({ length: 25 }, () => "x".repeat(2_100)) });

describe("a grpc-js client", () => {
  it.each<readonly [string, grpc.status, 0 | 1, Message, Options]>([
    ["a report", grpc.status.OK, 1, enqueue("fresh"), {}],
    ["a large report, which it lets be compressed", grpc.status.OK, 1, enqueue("large"), {}],
    ["a job", grpc.status.OK, 1, get("known"), {}],
    ["the end of a job", grpc.status.OK, 1, cancel("known"), {}],
    ["health", grpc.status.OK, 1, check(""), {}],
    [
      "with binary metadata",
      grpc.status.OK,
      1,
      get("known"),
      { metadata: { "x-data-bin": Buffer.from([0, 255]) } },
    ],
    ["with compression of its own", grpc.status.OK, 0, enqueue("large"), { channel: gzip }],
    ["of a large message", grpc.status.OK, 0, enqueue("new", { diffSummary: "d".repeat(90_000) }), {}],
    [
      "with far too late a deadline",
      grpc.status.OK,
      1,
      get("known"),
      { metadata: { "grpc-timeout": "99999999H" } },
    ],
    [
      "with too early a deadline",
      grpc.status.DEADLINE_EXCEEDED,
      1,
      get("slow"),
      { metadata: { "grpc-timeout": "15m" } },
    ],
    [
      "with no deadline at all",
      grpc.status.INVALID_ARGUMENT,
      0,
      get("known"),
      { metadata: { "grpc-timeout": "soon" } },
    ],
    ["without a key", grpc.status.UNAUTHENTICATED, 0, get("known"), { metadata: { "x-api-key": "wrong" } }],
    ["of one bad field", grpc.status.INVALID_ARGUMENT, 1, enqueue("new", { userId: "" }), {}],
    ["of 25 bad fields", grpc.status.INVALID_ARGUMENT, 1, manyFields, {}],
    ["of an unknown job", grpc.status.NOT_FOUND, 1, get("none"), {}],
    ["with an error in every script", grpc.status.NOT_FOUND, 1, get("unicode"), {}],
    ["with an error that has metadata and details", grpc.status.DATA_LOSS, 1, get("detailed"), {}],
    ["that fails", grpc.status.INTERNAL, 1, get("unexpected"), {}],
    ["that finds the queue full", grpc.status.RESOURCE_EXHAUSTED, 1, enqueue("full"), {}],
    ["that finds nobody there", grpc.status.UNAVAILABLE, 1, enqueue("unavailable"), {}],
  ])("sees the same of a call %s", async (_, code, fast, message, options) => {
    const agreed = await expectAgreement(ways, (way) => call(way, message, options));
    expect(agreed).toMatchObject({ answer: { code }, fastCalls: fast });
  });

  it("that cancels its call leaves the same behind", async () => {
    const agreed = await expectAgreement(
      ways,
      async (way) => {
        const { path, binary } = get("held");
        const before = (await way.reports.called.passed(0)).length;
        const pass = (bytes: Buffer): Buffer => bytes;
        const metadata = new grpc.Metadata();
        for (const [name, value] of Object.entries(USUAL_HEADERS)) metadata.set(name, value);
        const error = new Promise<grpc.ServiceError | null>((resolve) => {
          const open = clientOf(way, {}).makeUnaryRequest(path, pass, pass, binary, metadata, resolve);
          void way.reports.called.passed(before + 1).then(() => open.cancel());
        });
        const code = (await error)?.code;
        // What comes after the reset over the same connection finds the server aware of it.
        await call(way, get("none"));
        way.reports.release();
        return code;
      },
      2,
    );
    expect(agreed).toMatchObject({ answer: grpc.status.CANCELLED, fastCalls: 2 });
    expect(agreed.codes).toContain("canceled");
  });
});
