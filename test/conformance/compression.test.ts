import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { envelope } from "./raw-request.ts";
import type { RawAnswer } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays } from "./two-ways.ts";
import { enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(() => ways.close());

const inflate = {
  gzip: (bytes: Buffer) => gunzipSync(bytes),
  br: (bytes: Buffer) => brotliDecompressSync(bytes),
  identity: (bytes: Buffer) => bytes,
};
type Encoding = keyof typeof inflate;

/** By what a client accepts: how a large answer comes. */
const accepted: readonly (readonly [string, Encoding])[] = [
  ["gzip", "gzip"],
  ["br", "br"],
  ["identity", "identity"],
  ["", "identity"],
  ["gzip, br", "gzip"],
  ["br,gzip", "br"],
  ["identity,deflate,gzip", "gzip"],
  ["identity, br;q=1", "identity"],
  ["deflate", "identity"],
  ["GZIP", "identity"],
  ["*", "identity"],
  [",, gzip ,", "gzip"],
];

const [grpc] = plainWires as readonly [Wire];

/** Headers by their names in the protocol. */
function names({ isGrpc }: Wire) {
  const prefix = isGrpc ? "grpc-" : "";
  return { accept: `${prefix}accept-encoding`, encoding: isGrpc ? "grpc-encoding" : "content-encoding" };
}

/** An answer's message, and whether it came compressed; of gRPC the envelope's flag says so. */
function open(wire: Wire, { body, headers }: RawAnswer, encoding: Encoding) {
  const bytes = Buffer.from(body, "latin1");
  const isCompressed = wire.isGrpc ? bytes.readUInt8(0) === 1 : headers[names(wire).encoding] === encoding;
  const payload = wire.isGrpc ? bytes.subarray(5) : bytes;
  return { isCompressed, message: isCompressed ? inflate[encoding](payload) : payload };
}

describe.each(plainWires)("over $name", (wire) => {
  const { accept } = names(wire);

  it.each(accepted)("a large answer to who accepts %p comes as %s", async (value, encoding) => {
    const ask = (headers: Record<string, string>) =>
      expectAgreement(ways, (way) => wire.play(way, toRequest(wire, enqueue("large"), headers)));
    const { answer, fastCalls } = await ask({ [accept]: value });
    const plain = open(wire, (await ask({})).answer, "identity");
    expect(open(wire, answer, encoding)).toEqual({ ...plain, isCompressed: encoding !== "identity" });
    expect(fastCalls).toBe(1);
  });

  it.each(accepted)("a small answer to who accepts %p is not compressed", async (value, encoding) => {
    const request = toRequest(wire, enqueue("fresh"), { [accept]: value });
    const { answer, fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect([open(wire, answer, encoding).isCompressed, fastCalls]).toEqual([false, 1]);
  });

  it.each(accepted)("an error to who accepts %p is the same", async (value) => {
    const files = Array.from({ length: 25 }, () => "x".repeat(2_100));
    for (const message of [get("none"), enqueue("new", { files })]) {
      const request = toRequest(wire, message, { [accept]: value });
      const { fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
      expect(fastCalls).toBe(1);
    }
  });

  it.each(accepted)("an answer that is given again to who accepts %p is the same", async (value) => {
    for (let again = 0; again < 3; again += 1) {
      const request = toRequest(wire, enqueue("large"), { [accept]: value });
      await expectAgreement(ways, (way) => wire.play(way, request));
    }
  });

  it("what another protocol accepts changes nothing", async () => {
    const headers = { [wire.isGrpc ? "accept-encoding" : "grpc-accept-encoding"]: "gzip" };
    const request = toRequest(wire, enqueue("large"), headers);
    const { answer } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(answer.headers[names(wire).encoding]).toBeUndefined();
  });
});

describe.each(plainWires)("a request over $name", (wire) => {
  const { accept, encoding } = names(wire);
  const compressions = { gzip: gzipSync, br: brotliCompressSync, deflate: gzipSync, GZIP: gzipSync };
  const seal = (bytes: Buffer): Buffer => (wire.isGrpc ? envelope(bytes, 1) : bytes);

  it.each<[keyof typeof compressions, boolean]>([
    ["gzip", true],
    ["br", true],
    ["deflate", false],
    ["GZIP", false],
  ])("that is compressed as %s is answered as by Connect; it is understood: %p", async (name, isKnown) => {
    for (const headers of [{}, { [accept]: "br" }]) {
      const { pieces, ...request } = toRequest(wire, enqueue("large"), { ...headers, [encoding]: name });
      const [piece = Buffer.alloc(0)] = pieces;
      const payload = wire.isGrpc ? piece.subarray(5) : piece;
      const compressed = { ...request, pieces: [seal(compressions[name](payload))] };
      const agreed = await expectAgreement(ways, (way) => wire.play(way, compressed));
      expect([agreed.fastCalls, agreed.codes[0] === "ok"]).toEqual([0, isKnown]);
    }
  });

  it.each(["gzip", "identity", "", "snappy"])("that says %p and is not is the same", async (name) => {
    const request = toRequest(wire, enqueue("large"), { [encoding]: name });
    const { fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(fastCalls).toBe(name === "identity" ? 1 : 0);
  });

  it.each(["gzip", "br"])("of %s that is none is answered as by Connect", async (name) => {
    const request = {
      ...toRequest(wire, get("known"), { [encoding]: name }),
      pieces: [seal(Buffer.from("no"))],
    };
    const { fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(fastCalls).toBe(0);
  });

  it("that grows beyond the limit is answered as by Connect", async () => {
    const bomb = gzipSync(Buffer.alloc(11 * 1024 * 1024, 0x20));
    const request = { ...toRequest(wire, get("known"), { [encoding]: "gzip" }), pieces: [seal(bomb)] };
    const { codes, fastCalls } = await expectAgreement(ways, (way) => wire.play(way, request));
    expect([codes[0] === "ok", fastCalls]).toEqual([false, 0]);
  });
});

describe("gRPC", () => {
  it("with the flag of a compression but none agreed on is answered as by Connect", async () => {
    const [piece = Buffer.alloc(0)] = toRequest(grpc, get("known")).pieces;
    const request = { ...toRequest(grpc, get("known")), pieces: [envelope(gzipSync(piece.subarray(5)), 1)] };
    const { codes, fastCalls } = await expectAgreement(ways, (way) => grpc.play(way, request));
    expect([codes, fastCalls]).toEqual([["internal"], 0]);
  });
});
