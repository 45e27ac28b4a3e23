import { toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { CallOptions, Client, Transport } from "@connectrpc/connect";
import {
  Http2SessionManager,
  compressionGzip,
  createConnectTransport,
  createGrpcTransport,
} from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  EnqueueResponseSchema,
  GetResponseSchema,
  ReportService,
} from "../../gen/stepper/v1/report_service_pb.ts";
import { sampleInput } from "../support/samples.ts";
import { expectAgreement } from "./agreement.ts";
import { USUAL_HEADERS } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";

type Reports = Client<typeof ReportService>;

interface Connection {
  readonly client: Reports;
  close(): void;
}

const over1 = { httpVersion: "1.1", nodeOptions: { agent: false } } as const;
const compressing = { sendCompression: compressionGzip, compressMinBytes: 0 };

function over2(
  baseUrl: string,
  createTransport: (sessionManager: Http2SessionManager) => Transport,
): Connection {
  const sessions = new Http2SessionManager(baseUrl);
  return { client: createClient(ReportService, createTransport(sessions)), close: () => sessions.abort() };
}

function unkept(transport: Transport): Connection {
  return { client: createClient(ReportService, transport), close: () => undefined };
}

const connections: Readonly<Record<string, (baseUrl: string) => Connection>> = {
  gRPC: (baseUrl) => over2(baseUrl, (sessionManager) => createGrpcTransport({ baseUrl, sessionManager })),
  "gRPC, compressed": (baseUrl) =>
    over2(baseUrl, (sessionManager) => createGrpcTransport({ baseUrl, sessionManager, ...compressing })),
  "Connect JSON over HTTP/2": (baseUrl) =>
    over2(baseUrl, (sessionManager) => createConnectTransport({ baseUrl, httpVersion: "2", sessionManager })),
  "Connect binary over HTTP/2": (baseUrl) =>
    over2(baseUrl, (sessionManager) =>
      createConnectTransport({ baseUrl, httpVersion: "2", sessionManager, useBinaryFormat: true }),
    ),
  "Connect JSON over HTTP/1.1": (baseUrl) => unkept(createConnectTransport({ baseUrl, ...over1 })),
  "Connect binary over HTTP/1.1": (baseUrl) =>
    unkept(createConnectTransport({ baseUrl, ...over1, useBinaryFormat: true })),
  "Connect JSON over HTTP/1.1, compressed": (baseUrl) =>
    unkept(createConnectTransport({ baseUrl, ...over1, ...compressing })),
};

type Call = (client: Reports, options: CallOptions) => Promise<unknown>;

const enqueue =
  (commitSha: string, changes: Parameters<typeof sampleInput>[0] = {}): Call =>
  async (client, options) =>
    toJson(EnqueueResponseSchema, await client.enqueue(sampleInput({ commitSha, ...changes }), options));

const get =
  (jobId: string): Call =>
  async (client, options) =>
    toJson(GetResponseSchema, await client.get({ jobId }, options));

/** All that the library tells of a call. */
async function observe(
  client: Reports,
  call: Call,
  headers: Record<string, string> = {},
  signal?: AbortSignal,
) {
  const heads: unknown[] = [];
  const see = (received: Headers): void => void heads.push(withoutDate(received));
  const options = { headers: { ...USUAL_HEADERS, ...headers }, onHeader: see, onTrailer: see };
  try {
    const answer = await call(client, { ...options, ...(signal && { signal }) });
    return { answer, heads };
  } catch (error) {
    const { code, rawMessage, details, metadata } = ConnectError.from(error);
    return { code, rawMessage, details, metadata: withoutDate(metadata), heads };
  }
}

function withoutDate(headers: Headers): unknown {
  const { date: _, ...rest } = Object.fromEntries(headers.entries());
  return rest;
}

const files = Array.from({ length: 25 }, () => "x".repeat(2_100));

const good: readonly (readonly [string, Call, Record<string, string>])[] = [
  ["a report", enqueue("fresh"), {}],
  ["a large report", enqueue("large"), {}],
  ["a stale report", enqueue("stale"), {}],
  ["a new job", enqueue("new"), {}],
  ["a job", get("large"), {}],
  ["binary metadata", get("known"), { "x-data-bin": "AAEC/w" }],
  ["a deadline far away", get("known"), { "grpc-timeout": "99999999H", "connect-timeout-ms": "9999999999" }],
];
const bad: readonly (readonly [string, Code, Call, Record<string, string>])[] = [
  ["one bad field", Code.InvalidArgument, enqueue("new", { userId: "" }), {}],
  ["25 bad fields", Code.InvalidArgument, enqueue("new", { files }), {}],
  ["an unknown job", Code.NotFound, get("none"), {}],
  ["every script", Code.NotFound, get("unicode"), {}],
  ["metadata and details", Code.DataLoss, get("detailed"), {}],
  ["a fault", Code.Internal, get("unexpected"), {}],
  ["a full queue", Code.ResourceExhausted, enqueue("full"), {}],
  ["nobody there", Code.Unavailable, enqueue("unavailable"), {}],
  ["a wrong key", Code.Unauthenticated, get("known"), { "x-api-key": "wrong" }],
  ["a deadline", Code.DeadlineExceeded, get("slow"), { "grpc-timeout": "15m", "connect-timeout-ms": "15" }],
  [
    "no deadline",
    Code.InvalidArgument,
    get("known"),
    { "grpc-timeout": "soon", "connect-timeout-ms": "soon" },
  ],
];

describe.each(Object.entries(connections))("a connect-node client that speaks %s", (name, connect) => {
  let ways: TwoWays;
  let opened: ReadonlyMap<Way, Connection>;
  const isPlain = !name.includes("compressed");

  beforeAll(async () => {
    ways = await startTwoWays();
    opened = new Map([ways.fast, ways.connect].map((way) => [way, connect(way.url)]));
  });
  afterAll(async () => {
    opened.forEach((connection) => connection.close());
    await ways.close();
  });

  const clientOf = (way: Way): Reports => {
    const connection = opened.get(way);
    if (connection === undefined) throw new Error("there is no such server");
    return connection.client;
  };

  it.each(good)("sees the same of %s", async (_, call, headers) => {
    const agreed = await expectAgreement(ways, (way) => observe(clientOf(way), call, headers));
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: isPlain ? 1 : 0 });
  });

  it.each(bad)("sees the same of an error for %s: code %d", async (_, code, call, headers) => {
    const agreed = await expectAgreement(ways, (way) => observe(clientOf(way), call, headers));
    expect(agreed.answer).toMatchObject({ code });
  });

  it("leaves the same behind when it cancels its call", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const end = new AbortController();
      const before = (await way.reports.called.passed(0)).length;
      const answer = observe(clientOf(way), get("slow"), {}, end.signal);
      await way.reports.called.passed(before + 1);
      end.abort();
      return answer;
    });
    expect(agreed.codes).toEqual(["canceled"]);
    expect(agreed.answer).toMatchObject({ code: Code.Canceled });
  });
});
