import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { callHttp1 } from "./http1-call.ts";
import { envelope } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays } from "./two-ways.ts";
import { SERVICE, enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(() => ways.close());

const [grpc] = plainWires as readonly [Wire];
const jsonWires = plainWires.filter(({ isJson }) => isJson);
const protoWires = plainWires.filter(({ isJson }) => !isJson);

async function send(wire: Wire, pieces: readonly Buffer[], path = `${SERVICE}/Get`, headers = {}) {
  const request = { ...toRequest(wire, get("known"), headers), path, pieces };
  return expectAgreement(ways, (way) => wire.play(way, request));
}

const { binary } = get("known");
const whole = envelope(binary);
const empty = envelope(Buffer.alloc(0));
/** A field that no message of ours has: number 15, a varint. */
const unknownField = Buffer.from([0x78, 0x01]);

describe("an envelope of gRPC", () => {
  it.each<readonly [string, number, readonly Buffer[]]>([
    ["in one piece", 1, [whole]],
    ["byte by byte", 1, [...whole].map((byte) => Buffer.from([byte]))],
    ["with its head in two", 1, [whole.subarray(0, 3), whole.subarray(3)]],
    ["with its head apart", 1, [whole.subarray(0, 5), whole.subarray(5)]],
    [
      "with empty pieces between",
      1,
      [Buffer.alloc(0), whole.subarray(0, 7), Buffer.alloc(0), whole.subarray(7)],
    ],
    ["with an empty message", 1, [empty]],
    ["with an unknown field", 1, [envelope(Buffer.concat([binary, unknownField]))]],
    ["with a field twice", 1, [envelope(Buffer.concat([binary, binary]))]],
    ["that never comes", 0, []],
    ["that never comes, in an empty piece", 0, [Buffer.alloc(0)]],
    ["with half a head", 0, [Buffer.from([0, 0])]],
    ["with a head alone", 0, [whole.subarray(0, 5)]],
    ["that ends too early", 0, [envelope(binary, 0, binary.length + 1)]],
    ["that ends far too early", 0, [envelope(binary, 0, 60_000)]],
    ["longer than it says", 0, [envelope(binary, 0, binary.length - 1)]],
    ["that says to be empty, but is not", 0, [envelope(binary, 0, 0)]],
    ["of two messages", 0, [whole, whole]],
    ["of two messages in one piece", 0, [Buffer.concat([whole, whole])]],
    ["of two empty messages", 0, [Buffer.concat([empty, empty])]],
    ["of three messages", 0, [whole, whole, whole]],
    ["with something after it", 0, [whole, Buffer.from([0])]],
    ["with something like a message after it", 0, [Buffer.concat([whole, envelope(binary, 0, 99)])]],
    ["with a flag for the end of a stream", 0, [envelope(binary, 2)]],
    ["with the flag of gRPC-Web's trailers", 0, [envelope(binary, 0x80)]],
    ["with every flag", 0, [envelope(binary, 0xff)]],
    ["over the limit by its head", 0, [envelope(binary, 0, 10 * 1024 * 1024 + 1)]],
    ["far over the limit by its head", 0, [envelope(binary, 0, 0xffffffff)]],
    ["at the limit by its head", 0, [envelope(binary, 0, 10 * 1024 * 1024)]],
  ])("%s is answered as by Connect", async (_, fast, pieces) => {
    expect((await send(grpc, pieces)).fastCalls).toBe(fast);
  });
});

describe.each(protoWires)("protobuf over $name", (wire) => {
  const seal = (bytes: Buffer): Buffer => (wire.isGrpc ? envelope(bytes) : bytes);
  it.each<readonly [string, number, Buffer]>([
    ["with an unknown field", 1, Buffer.concat([binary, unknownField])],
    [
      "with unknown bytes of every type",
      1,
      Buffer.from("7801 79 0102030405060708 7a020102 7d01020304".replaceAll(" ", ""), "hex"),
    ],
    ["that is none", 0, Buffer.from([0xff, 0xff, 0xff])],
    ["that breaks off", 0, binary.subarray(0, -1)],
    ["with a string that is no UTF-8", 0, Buffer.from([0x0a, 0x02, 0xff, 0xfe])],
    ["with half of a surrogate pair", 0, Buffer.from([0x0a, 0x03, 0xed, 0xa0, 0x80])],
    ["with a field of another type", 0, Buffer.from([0x08, 0x01])],
    ["with field number 0", 0, Buffer.from([0x00, 0x01])],
    ["with a group that does not end", 0, Buffer.from([0x7b])],
    ["with a string that is longer than all", 0, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07])],
    [
      "with a varint of eleven bytes",
      1,
      Buffer.from([0x78, ...Array.from({ length: 11 }, () => 0xff), 0x01]),
    ],
  ])("%s is answered as by Connect", async (_, fast, bytes) => {
    expect((await send(wire, [seal(bytes)])).fastCalls).toBe(fast);
  });
});

describe.each(jsonWires)("JSON over $name", (wire) => {
  const deep = (count: number): string =>
    `{"jobId":"known","extra":${"[".repeat(count)}${"]".repeat(count)}}`;
  it.each<readonly [string, number, string | Buffer]>([
    ["with space around", 1, ' \n\t{ "jobId" : "known" }\r\n'],
    ["with an unknown field", 1, '{"jobId":"known","other":{"a":[1,null,true]}}'],
    ["with the name in the contract", 1, '{"job_id":"known"}'],
    ["with null", 1, '{"jobId":null}'],
    ["with escapes", 1, '{"jobId":"kn\\u006fwn"}'],
    ["with half of a surrogate pair, escaped", 0, '{"jobId":"\\ud800"}'],
    ["with a byte order mark", 1, '\ufeff{"jobId":"known"}'],
    ["with a zero in a string", 1, '{"jobId":"a\\u0000b"}'],
    ["with bytes that are no UTF-8", 1, Buffer.from([...Buffer.from('{"jobId":"'), 0xff, 0xfe, 0x22, 0x7d])],
    ["with a field that replaces a prototype", 1, '{"__proto__":{"jobId":"x"},"jobId":"known"}'],
    ["with a thousand objects and lists", 1, deep(999)],
    ["with one more", 0, deep(1_000)],
    ["with far too many", 0, "[".repeat(5_000)],
    ["with both names", 0, '{"job_id":"known","jobId":"known"}'],
    ["with a field twice", 0, '{"jobId":"a","jobId":"known"}'],
    ["of another type", 0, '{"jobId":7}'],
    ["of a list", 0, "[]"],
    ["of a string", 0, '"known"'],
    ["of null", 0, "null"],
    ["of nothing", 0, ""],
    ["of space", 0, "  "],
    ["that breaks off", 0, '{"jobId":"kno'],
    ["with more after it", 0, '{"jobId":"known"}{}'],
    ["with a comma too many", 0, '{"jobId":"known",}'],
    ["in UTF-16", 0, Buffer.from('{"jobId":"known"}', "utf16le")],
  ])("%s is answered as by Connect", async (_, fast, text) => {
    expect((await send(wire, [Buffer.from(text)])).fastCalls).toBe(fast);
  });
});

describe.each(plainWires)("a body over $name", (wire) => {
  const seal = (bytes: Buffer): Buffer => (wire.isGrpc ? envelope(bytes) : bytes);
  const sized = (bytes: number): readonly Buffer[] => {
    const at = (length: number): Buffer => {
      const message = enqueue("new", { diffSummary: "d".repeat(length) });
      return seal(wire.isJson ? message.json : message.binary);
    };
    const body = at(60_000 + bytes - at(60_000).length);
    if (body.length !== bytes) throw new Error(`${body.length} bytes are not ${bytes}`);
    return [body];
  };

  it.each([
    [65_535, 1],
    [65_536, 1],
    [65_537, 0],
    [65_538, 0],
    [200_000, 0],
  ])("of %d bytes is answered as by Connect, with %d calls the fast way", async (bytes, fast) => {
    const { codes, fastCalls } = await send(wire, sized(bytes), `${SERVICE}/Enqueue`);
    expect([codes, fastCalls]).toEqual([["ok"], fast]);
  });

  it("that comes in many pieces to just over what is kept is answered as by Connect", async () => {
    const [body = Buffer.alloc(0)] = sized(65_537);
    const pieces = [body.subarray(0, 65_536), body.subarray(65_536)];
    const { codes, fastCalls } = await send(wire, pieces, `${SERVICE}/Enqueue`);
    expect([codes, fastCalls]).toEqual([["ok"], 0]);
  });

  it("that is over the limit is answered as by Connect", async () => {
    const { binary: small } = enqueue("x");
    // One text of ten MiB, or spaces around JSON.
    const text = Buffer.from([0x0a, 0x81, 0x80, 0x80, 0x05]);
    const large = Buffer.alloc(10 * 1024 * 1024 + 1, 0x20);
    const body = seal(wire.isJson ? large : Buffer.concat([small, text, large]));
    const agreed = await send(wire, [body], `${SERVICE}/Enqueue`);
    expect(agreed).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 0 });
  });

  it("that is empty is answered as by Connect", async () => {
    await send(wire, [], `${SERVICE}/Enqueue`);
  });
});

describe.each(plainWires.filter(({ play }) => play === callHttp1))("chunks over $name", (wire) => {
  const { json, binary: bytes } = get("known");
  const body = wire.isJson ? json : bytes;
  const chunk = (part: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
  const chunked = { "transfer-encoding": "chunked" };

  it.each<readonly [string, readonly Buffer[]]>([
    ["of everything", [chunk(body), Buffer.from("0\r\n\r\n")]],
    ["of a byte each", [...[...body].map((byte) => chunk(Buffer.from([byte]))), Buffer.from("0\r\n\r\n")]],
    ["with extensions and trailers", [chunk(body), Buffer.from("0;a=b\r\nx-late: yes\r\n\r\n")]],
  ])("%s are answered as by Connect", async (_, pieces) => {
    expect(await send(wire, pieces, `${SERVICE}/Get`, chunked)).toMatchObject({
      codes: ["ok"],
      fastCalls: 1,
    });
  });
});
