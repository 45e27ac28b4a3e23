import * as grpc from "@grpc/grpc-js";
import { toJson } from "@bufbuild/protobuf";
import { ConnectError, createClient } from "@connectrpc/connect";
import { Http2SessionManager, createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ReportService, WatchJobResponseSchema } from "../../gen/stepper/v1/report_service_pb.ts";
import { expectAgreement } from "./agreement.ts";
import { USUAL_HEADERS } from "./raw-request.ts";
import { BREAKS } from "./scripted-watches.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { watch } from "./wires.ts";

interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with each number of messages that have come, and with what gives the call up. */
  readonly onMessage?: (count: number, leave: () => void) => void;
}

interface Client {
  /** All that the library tells of a stream. */
  readonly read: (jobId: string, options?: Options) => Promise<unknown>;
  close(): void;
}

function createGrpcJs({ port }: Way): Client {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  const pass = (bytes: Buffer): Buffer => bytes;
  const read = (jobId: string, { headers = {}, onMessage }: Options = {}): Promise<unknown> => {
    const { path, binary } = watch(jobId);
    const sent = new grpc.Metadata();
    for (const [name, value] of Object.entries({ ...USUAL_HEADERS, ...headers })) sent.set(name, value);
    const call = client.makeServerStreamRequest(path, pass, pass, binary, sent);
    const messages: string[] = [];
    let head: unknown;
    call.on("data", (bytes: Buffer) => {
      messages.push(bytes.toString("latin1"));
      onMessage?.(messages.length, () => call.cancel());
    });
    call.on("metadata", (received: grpc.Metadata) => (head = withoutDate(received.toJSON())));
    // Every failure is told by the status, too.
    call.on("error", () => undefined);
    return new Promise((resolve) =>
      call.on("status", ({ code, details, metadata }: grpc.StatusObject) =>
        resolve({ code, details, trailers: withoutDate(metadata.toJSON()), head, messages }),
      ),
    );
  };
  return { read, close: () => client.close() };
}

function createConnectNode({ url }: Way): Client {
  const sessionManager = new Http2SessionManager(url);
  const client = createClient(ReportService, createGrpcTransport({ baseUrl: url, sessionManager }));
  const read = async (jobId: string, { headers = {}, onMessage }: Options = {}): Promise<unknown> => {
    const heads: unknown[] = [];
    const messages: unknown[] = [];
    const see = (received: Headers): void => void heads.push(withoutDate(Object.fromEntries(received)));
    const end = new AbortController();
    const options = { onHeader: see, onTrailer: see, headers: { ...USUAL_HEADERS, ...headers } };
    try {
      for await (const each of client.watchJob({ jobId }, { ...options, signal: end.signal })) {
        messages.push(toJson(WatchJobResponseSchema, each));
        onMessage?.(messages.length, () => end.abort());
      }
      return { code: 0, heads, messages };
    } catch (error) {
      const { code, rawMessage, details, metadata } = ConnectError.from(error);
      const trailers = withoutDate(Object.fromEntries(metadata));
      return { code, rawMessage, details, trailers, heads, messages };
    }
  };
  return { read, close: () => sessionManager.abort() };
}

function withoutDate({ date: _, ...rest }: Readonly<Record<string, unknown>>): unknown {
  return rest;
}

describe.each([
  ["grpc-js", createGrpcJs],
  ["connect-node", createConnectNode],
] as const)("a client of %s", (_, createClientOf) => {
  let ways: TwoWays;
  let clients: ReadonlyMap<Way, Client>;

  beforeEach(async () => {
    ways = await startTwoWays();
    clients = new Map([ways.fast, ways.connect].map((way) => [way, createClientOf(way)]));
  });
  afterEach(async () => {
    expect([ways.fast.watchers(), ways.connect.watchers()]).toEqual([0, 0]);
    clients.forEach((client) => client.close());
    await ways.close();
  });

  const read = (jobId: string, toOptions: (way: Way) => Options = () => ({})) =>
    expectAgreement(ways, async (way) => {
      const client = clients.get(way);
      if (client === undefined) throw new Error("there is no such server");
      return client.read(jobId, toOptions(way));
    });

  it.each<readonly [string, grpc.status, number]>([
    ["ended", grpc.status.OK, 6],
    ["large", grpc.status.OK, 5],
    ["flood", grpc.status.OK, 2_000],
    ["none", grpc.status.NOT_FOUND, 0],
    ["crowded", grpc.status.RESOURCE_EXHAUSTED, 0],
    ["unicode", grpc.status.NOT_FOUND, 0],
    [`${BREAKS}unavailable`, grpc.status.UNAVAILABLE, 2],
    [`${BREAKS}unexpected`, grpc.status.INTERNAL, 2],
    [`${BREAKS}detailed`, grpc.status.DATA_LOSS, 2],
  ])("sees the same of the job %s", async (jobId, code, count) => {
    const { answer, fastCalls } = await read(jobId);
    expect({ answer, fastCalls }).toMatchObject({ answer: { code }, fastCalls: 1 });
    expect(answer).toHaveProperty("messages.length", count);
  });

  it("sees the same without a good key", async () => {
    const agreed = await read("ended", () => ({ headers: { "x-api-key": "wrong" } }));
    expect(agreed).toMatchObject({ answer: { code: grpc.status.UNAUTHENTICATED }, fastCalls: 0 });
  });

  it("sees the same of a deadline that passes", async () => {
    const agreed = await read("open", () => ({ headers: { "grpc-timeout": "60m" } }));
    expect(agreed).toMatchObject({ codes: ["deadline_exceeded"], fastCalls: 1 });
  });

  it("sees the same of a job that ends while it is watched", async () => {
    const agreed = await read("open", (way) => ({
      onMessage: (count) => count === 4 && way.reports.watches.end(),
    }));
    expect(agreed).toMatchObject({ answer: { code: grpc.status.OK }, codes: ["ok"], fastCalls: 1 });
  });

  it("sees the same of a server that is shut down", async () => {
    const agreed = await read("open", (way) => ({
      onMessage: (count) => count === 4 && void way.shutDown(),
    }));
    expect(agreed).toMatchObject({ answer: { code: grpc.status.UNAVAILABLE }, fastCalls: 1 });
  });

  it("leaves the same behind when it gives up", async () => {
    const agreed = await read("open", () => ({ onMessage: (count, leave) => count === 4 && leave() }));
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
    expect(agreed.answer).toMatchObject({ code: grpc.status.CANCELLED });
  });
});
