import { constants } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { callHttp1 } from "./http1-call.ts";
import { API_KEY, startTwoWays } from "./two-ways.ts";
import type { TwoWays } from "./two-ways.ts";
import { SERVICE, enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Wire } from "./wires.ts";
import type { RawRequest } from "./raw-request.ts";

let ways: TwoWays;

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(() => ways.close());

type Way = "fast" | "connect";
type Row = readonly [name: string, code: string, way: Way, headers: RawRequest["headers"]];

async function expectRow(wire: Wire, message: ReturnType<typeof get>, [, code, way, headers]: Row) {
  const request = toRequest(wire, message, headers);
  const { codes, fastCalls, answer } = await expectAgreement(ways, (way) => wire.play(way, request));
  expect([codes, fastCalls]).toEqual([[code], way === "fast" ? 1 : 0]);
  return answer;
}

const [grpc] = plainWires as readonly [Wire];
const connectWires = plainWires.filter(({ isGrpc }) => !isGrpc);

describe("grpc-timeout", () => {
  const timeouts: readonly (readonly [string, string, Way])[] = [
    ["1H", "ok", "fast"],
    ["1M", "ok", "fast"],
    ["10S", "ok", "fast"],
    ["10000m", "ok", "fast"],
    ["10000000u", "ok", "fast"],
    ["99999999n", "ok", "fast"],
    ["99999999H", "ok", "fast"],
    ["99999999M", "ok", "fast"],
    ["99999999S", "ok", "fast"],
    ["99999999m", "ok", "fast"],
    ["00000010S", "ok", "fast"],
    ["0H", "deadline_exceeded", "fast"],
    ["0m", "deadline_exceeded", "fast"],
    ["0n", "deadline_exceeded", "fast"],
    ["100000000S", "invalid_argument", "connect"],
    ["1", "invalid_argument", "connect"],
    ["S", "invalid_argument", "connect"],
    ["", "invalid_argument", "connect"],
    ["-1S", "invalid_argument", "connect"],
    ["1.5S", "invalid_argument", "connect"],
    ["1s", "invalid_argument", "connect"],
    ["1S, 1S", "invalid_argument", "connect"],
    ["soon", "invalid_argument", "connect"],
  ];
  it.each(timeouts)("of %p is answered as by Connect: %s, the %s way", async (value, code, way) => {
    await expectRow(grpc, get("known"), [value, code, way, { "grpc-timeout": value }]);
  });

  it("that comes twice is answered as by Connect", async () => {
    await expectRow(grpc, get("known"), [
      "",
      "invalid_argument",
      "connect",
      { "grpc-timeout": ["1S", "2S"] },
    ]);
  });

  // Of deadlines below a millisecond only 0 is compared: Connect's timer waits for a whole one, so that its handler may
  // still be called, where the fast way knows that it is too late.
  it("that passes while the call is handled ends it", async () => {
    await expectRow(grpc, get("slow"), ["", "deadline_exceeded", "fast", { "grpc-timeout": "20m" }]);
    await expectRow(grpc, enqueue("slow"), ["", "deadline_exceeded", "fast", { "grpc-timeout": "20000u" }]);
  });
});

describe.each(connectWires)("connect-timeout-ms over $name", (wire) => {
  const timeouts: readonly (readonly [string, string, Way])[] = [
    ["10000", "ok", "fast"],
    ["9999999999", "ok", "fast"],
    ["0000010000", "ok", "fast"],
    ["0", "deadline_exceeded", "fast"],
    ["99999999999", "invalid_argument", "connect"],
    ["-1", "invalid_argument", "connect"],
    ["1.5", "invalid_argument", "connect"],
    ["10S", "invalid_argument", "connect"],
    ["10, 10", "invalid_argument", "connect"],
    ["", "invalid_argument", "connect"],
  ];
  it.each(timeouts)("of %p is answered as by Connect: %s, the %s way", async (value, code, way) => {
    await expectRow(wire, get("known"), [value, code, way, { "connect-timeout-ms": value }]);
  });

  it("that comes twice is answered as by Connect", async () => {
    const headers = { "connect-timeout-ms": ["10000", "20000"] };
    await expectRow(wire, get("known"), ["", "invalid_argument", "connect", headers]);
  });

  it("that passes while the call is handled ends it", async () => {
    await expectRow(wire, get("slow"), ["", "deadline_exceeded", "fast", { "connect-timeout-ms": "20" }]);
  });
});

describe.each(plainWires)("over $name", (wire) => {
  const metadata: readonly Row[] = [
    ["a binary header", "ok", "fast", { "x-data-bin": "AAEC/w==" }],
    ["a binary header that is none", "ok", "fast", { "x-data-bin": "%%%" }],
    ["binary headers in a list", "ok", "fast", { "x-data-bin": ["AAEC", "/w"] }],
    ["a header twice", "ok", "fast", { "x-tag": ["a", "b"] }],
    ["a header of bytes beyond ASCII", "ok", "fast", { "x-tag": "\u00fc\u00ff\u0080" }],
    ["an empty header", "ok", "fast", { "x-tag": "" }],
    ["cookies", "ok", "fast", { cookie: ["a=b", "c=d"] }],
    [
      "deadlines of the other protocol",
      "ok",
      "fast",
      { [wire.isGrpc ? "connect-timeout-ms" : "grpc-timeout"]: "x" },
    ],
    ["a version of Connect's protocol", "ok", "fast", { "connect-protocol-version": "1" }],
    ["an unknown version of Connect's protocol", "ok", "fast", { "connect-protocol-version": "9" }],
    ["a trace", "ok", "fast", { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }],
    ["a key as bearer", "ok", "fast", { "x-api-key": "", authorization: `Bearer ${API_KEY}` }],
    ["no key", "unauthenticated", "connect", { "x-api-key": "" }],
    ["a wrong key", "unauthenticated", "connect", { "x-api-key": "wrong" }],
    ["an origin", "ok", "fast", { origin: "https://example.com" }],
    ["a method that should override", "ok", "fast", { "x-http-method-override": "GET" }],
  ];
  it.each(metadata)("%s: %s, the %s way", async (...row) => {
    await expectRow(wire, get("known"), row);
  });

  it.each(metadata.filter(([, code]) => code === "ok"))("with an error, %s", async (...row) => {
    await expectRow(wire, get("none"), [row[0], "not_found", row[2], row[3]]);
  });
});

describe("metadata of gRPC alone", () => {
  it.each([
    ["without te", { te: [] }],
    ["with a user agent", { "user-agent": "grpc-node-js/1.14.7" }],
  ])("%s is answered as by Connect", async (name, headers) => {
    const wire: Wire = { ...grpc, play: (way, request) => grpc.play(way, withoutEmpty(request)) };
    await expectRow(wire, get("known"), [name, "ok", "fast", headers]);
  });
});

/** Of what Node would not let pass: it knows only `trailers` over HTTP/2. */
function withoutEmpty(request: RawRequest): RawRequest {
  const headers = Object.entries(request.headers).filter(([, value]) => value.length > 0);
  return { ...request, headers: Object.fromEntries(headers) };
}

const paths: readonly (readonly [name: string, method: string, path: string])[] = [
  ["a query", "POST", `${SERVICE}/Get?a=b`],
  ["an empty query", "POST", `${SERVICE}/Get?`],
  ["an encoded letter", "POST", `${SERVICE}/%47et`],
  ["a slash at the end", "POST", `${SERVICE}/Get/`],
  ["another case", "POST", `${SERVICE.toLowerCase()}/get`],
  ["two slashes", "POST", `/${SERVICE}/Get`],
  ["no such method", "POST", `${SERVICE}/Nothing`],
  ["GET", "GET", `${SERVICE}/Get`],
  [
    "GET with a message",
    "GET",
    `${SERVICE}/Get?connect=v1&encoding=json&message=%7B%22jobId%22%3A%22known%22%7D`,
  ],
  ["PUT", "PUT", `${SERVICE}/Get`],
  ["HEAD", "HEAD", `${SERVICE}/Get`],
  ["OPTIONS", "OPTIONS", `${SERVICE}/Get`],
];

describe.each(plainWires)("an address over $name", (wire) => {
  it.each(paths)("with %s is answered as by Connect", async (_, method, path) => {
    const request = { ...toRequest(wire, get("known")), method, path };
    const { fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(fastCalls).toBe(0);
  });
});

describe("an authority over HTTP/2", () => {
  it.each<readonly [string, number, Record<string, string | string[]>]>([
    ["another name", 1, { ":authority": "any.example:8443" }],
    ["a host besides", 1, { ":authority": "any.example", host: "other.example" }],
    ["a host alone", 1, { host: "other.example" }],
    ["half of an address", 0, { ":authority": "[::bad" }],
    ["a port that is none", 0, { ":authority": "a:b" }],
    ["a user", 1, { ":authority": "user@any.example" }],
  ])("of %s is answered as by Connect", async (_, fast, headers) => {
    const request = toRequest(grpc, get("known"), headers);
    const { fastCalls } = await expectAgreement(ways, (way) => grpc.play(way, request));
    expect(fastCalls).toBe(fast);
  });
});

describe("an authority that is none", () => {
  it.each<readonly [string, string | string[]]>([
    ["nothing", []],
    ["an empty name", ""],
    ["a blank", "a b"],
    ["a path", "any.example/path"],
  ])("as %s is refused before either way sees it", async (_, authority) => {
    const request = toRequest(grpc, get("known"), { ":authority": authority });
    const { answer } = await expectAgreement(ways, (way) => grpc.play(way, request), 0);
    expect(answer).toMatchObject({ status: "none", rstCode: constants.NGHTTP2_PROTOCOL_ERROR });
  });
});

describe("a host over HTTP/1.1", () => {
  const wire = connectWires.find(({ play }) => play === callHttp1) as Wire;
  it.each([
    ["another name", 1, "any.example"],
    ["an empty name", 0, ""],
    ["half of an address", 0, "[::bad"],
    ["a user", 1, "user@any.example"],
  ])("of %s is answered as by Connect", async (_, fast, host) => {
    const request = toRequest(wire, get("known"), { host });
    const { fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(fastCalls).toBe(fast);
  });

  it("in the absolute form of a path is answered as by Connect", async () => {
    const request = { ...toRequest(wire, get("known")), path: `http://any.example${SERVICE}/Get` };
    const { fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(fastCalls).toBe(0);
  });
});
