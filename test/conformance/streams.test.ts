import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { envelope } from "./raw-request.ts";
import type { RawAnswer } from "./raw-request.ts";
import { BREAKS } from "./scripted-watches.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { get, plainWires, spelledWires, toRequest, watch } from "./wires.ts";
import type { Message, Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(async () => {
  expect([ways.fast.watchers(), ways.connect.watchers()]).toEqual([0, 0]);
  await ways.close();
});

const [wire] = plainWires as readonly [Wire];

const ask = (message: Message, headers: Readonly<Record<string, string | readonly string[]>> = {}) =>
  expectAgreement(ways, (way) => wire.play(way, toRequest(wire, message, headers)));

/** The flags of the envelopes in a body: 1 says that a message is compressed. */
function toFlags({ body }: RawAnswer): readonly number[] {
  const flags: number[] = [];
  const bytes = Buffer.from(body, "latin1");
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) flags.push(bytes.readUInt8(at));
  return flags;
}

describe("a stream over gRPC", () => {
  it.each([
    ["ended", 6],
    ["large", 5],
    ["failed", 5],
    ["cancelled", 5],
  ])("replays the job %s", async (jobId, count) => {
    const { answer, codes, fastCalls } = await ask(watch(jobId));
    expect({ codes, fastCalls, flags: toFlags(answer) }).toEqual({
      codes: ["ok"],
      fastCalls: 1,
      flags: Array(count).fill(0),
    });
    expect(answer).toMatchObject({ status: "200", trailers: { "grpc-status": "0" }, rstCode: 0 });
  });

  it.each([
    [1n, 5],
    [5n, 1],
    [6n, 0],
    [2n ** 53n + 1n, 0],
    [2n ** 64n - 1n, 0],
  ])("tells what came after %d", async (afterSeq, count) => {
    const { answer, codes, fastCalls } = await ask(watch("ended", afterSeq));
    expect({ codes, fastCalls }).toEqual({ codes: ["ok"], fastCalls: 1 });
    expect(toFlags(answer)).toHaveLength(count);
  });

  it.each<readonly [string, string]>([
    ["none", "not_found"],
    ["", "not_found"],
    ["foreign", "not_found"],
    ["full", "resource_exhausted"],
    ["crowded", "resource_exhausted"],
    ["unavailable", "unavailable"],
    ["unicode", "not_found"],
    ["silent", "not_found"],
    ["unexpected", "internal"],
    ["aborted", "canceled"],
    ["detailed", "data_loss"],
  ])("that fails at once as '%s' says so in its trailers", async (jobId, code) => {
    const agreed = await ask(watch(jobId));
    expect(agreed).toMatchObject({ codes: [code], fastCalls: 1, answer: { body: "", rstCode: 0 } });
  });

  it.each<readonly [string, string]>([
    ["full", "resource_exhausted"],
    ["unavailable", "unavailable"],
    ["unicode", "not_found"],
    ["unexpected", "internal"],
    ["aborted", "canceled"],
    ["detailed", "data_loss"],
  ])("that fails after some messages as '%s' says so in its trailers", async (name, code) => {
    const { answer, ...agreed } = await ask(watch(BREAKS + name));
    expect(agreed).toEqual({ codes: [code], fastCalls: 1 });
    expect(toFlags(answer)).toEqual([0, 0]);
  });

  // Connect only ends the handler then, and so logs the call as a good one.
  it("whose message can't be put into bytes fails after those that can, and the log says so", async () => {
    const request = toRequest(wire, watch("unsayable"));
    const answer = await wire.play(ways.connect, request);
    expect(answer.trailers).toMatchObject({ "grpc-status": "13" });
    expect(toFlags(answer)).toEqual([0]);
    expect(await wire.play(ways.fast, request)).toEqual(answer);
    const [told] = await ways.fast.told.passed(1);
    expect(told?.line).toMatchObject({ code: "internal", level: 50 });
  });

  it.each<readonly [string, string | readonly string[], number]>([
    ["gzip", "gzip", 1],
    ["the first that is known", "zstd, br,gzip", 1],
    ["not at all", "identity", 0],
    ["by what nobody knows", "zstd", 0],
    ["in several headers", ["gzip", "br"], 1],
  ])("has its large messages compressed as its client takes them: %s", async (_, accepted, flag) => {
    const { answer, ...agreed } = await ask(watch("large"), { "grpc-accept-encoding": accepted });
    expect(agreed).toEqual({ codes: ["ok"], fastCalls: 1 });
    expect(toFlags(answer)).toEqual([0, 0, 0, 0, flag]);
  });

  it("without a good key is refused before either way sees it", async () => {
    const agreed = await ask(watch("ended"), { "x-api-key": "wrong" });
    expect(agreed).toMatchObject({ codes: ["unauthenticated"], fastCalls: 0 });
  });

  it("of an address that asks too often is refused before either way sees it", async () => {
    await ways.close();
    ways = await startTwoWays({ maxPerAddress: 0 });
    expect(await ask(watch("ended"))).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 0 });
  });
});

describe("a request for a stream", () => {
  const { pieces, ...known } = toRequest(wire, watch("ended"));
  const [whole = Buffer.alloc(0)] = pieces;
  const play = (bodies: readonly Buffer[]) =>
    expectAgreement(ways, (way: Way) => wire.play(way, { ...known, pieces: bodies }));

  it.each<readonly [string, readonly Buffer[], string]>([
    ["without a message", [], "unimplemented"],
    ["with two messages", [whole, whole], "unimplemented"],
    ["with two messages in a piece", [Buffer.concat([whole, whole])], "unimplemented"],
    ["with an envelope that is cut short", [whole.subarray(0, 7)], "invalid_argument"],
    ["with a head that is cut short", [whole.subarray(0, 3)], "invalid_argument"],
    ["with a message that is none", [envelope(Buffer.from([0xff]))], "internal"],
    ["with a compressed message, by nothing", [envelope(Buffer.from([1]), 1)], "internal"],
    ["with flags that mean nothing", [envelope(Buffer.alloc(0), 0x40)], "not_found"],
    ["that is too large", [envelope(Buffer.alloc(0), 0, 11 * 1024 * 1024)], "resource_exhausted"],
  ])("%s is answered as by Connect", async (_, bodies, code) => {
    expect(await play(bodies)).toMatchObject({ codes: [code], fastCalls: 0 });
  });

  it("with a larger message than an id needs is refused", async () => {
    const [most, tooMuch] = [watch("n".repeat(65_000)), watch("n".repeat(70_000))];
    expect(await ask(most)).toMatchObject({ codes: ["not_found"], fastCalls: 1 });
    expect(await ask(tooMuch)).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 0 });
  });

  it("whose body comes a byte a frame is answered", async () => {
    const bytes = Array.from({ length: whole.length }, (_, at) => whole.subarray(at, at + 1));
    expect(await play(bytes)).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("with fields that the schema lacks is answered", async () => {
    const field = Buffer.from([0xfa, 0x07, 1, 0x61]);
    const message = envelope(Buffer.concat([whole.subarray(5), field]));
    expect(await play([message])).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  const others = [...plainWires.slice(1), ...spelledWires.filter(({ isFast }) => !isFast)];
  it.each(others)("in another protocol is left to Connect: $name", async (other) => {
    const agreed = await expectAgreement(ways, (way) => other.play(way, toRequest(other, watch("ended"))));
    expect(agreed.fastCalls).toBe(0);
  });

  it("leaves the connection good for others", async () => {
    await ask(watch("ended"));
    expect(await ask(get("known"))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });
});
