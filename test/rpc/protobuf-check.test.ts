import { create, toBinary } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { EnqueueRequestSchema } from "../../gen/stepper/v1/report_service_pb.ts";
import { createProtobufCheck } from "../../src/rpc/limits/protobuf-check.ts";
import { sampleInput } from "../support/samples.ts";

function accepts(bytes: Uint8Array, pieceBytes = bytes.length): boolean {
  const check = createProtobufCheck();
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) check(bytes.subarray(at, at + pieceBytes));
    return true;
  } catch {
    return false;
  }
}

const toRequest = (count: number): Uint8Array =>
  toBinary(
    EnqueueRequestSchema,
    create(
      EnqueueRequestSchema,
      sampleInput({ files: Array.from({ length: count }, () => "f".repeat(200)) }),
    ),
  );

const EVERY_TYPE = [
  WireType.Varint,
  WireType.Bit64,
  WireType.LengthDelimited,
  WireType.StartGroup,
  WireType.EndGroup,
  WireType.Bit32,
];

/** Fields of every wire type, as many as asked for. */
function toFields(count: number, wireTypes: readonly WireType[]): Uint8Array {
  const writer = new BinaryWriter();
  for (let index = 0; index < count; index += 1) {
    const wireType = wireTypes[index % wireTypes.length] ?? WireType.Varint;
    writer.tag(index + 1, wireType);
    if (wireType === WireType.Varint) writer.uint64(2n ** 63n);
    if (wireType === WireType.Bit64) writer.fixed64(1n);
    if (wireType === WireType.LengthDelimited) writer.bytes(Buffer.alloc(300, 0xff));
    if (wireType === WireType.Bit32) writer.fixed32(1);
  }
  return writer.finish();
}

/** How many fields Protobuf-ES finds until it gives up. */
function countFields(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  let fields = 0;
  try {
    for (; reader.pos < reader.len; fields += 1) {
      const [fieldNo, wireType] = reader.tag();
      // A group's end, alone, is skipped by nobody; the check counts it, and what is in a group.
      if (wireType !== WireType.EndGroup) reader.skip(wireType, fieldNo);
    }
  } catch {
    // It is no message from here on.
  }
  return fields;
}

describe("the check of a binary message", () => {
  it.each([
    ["numbers", [WireType.Varint]],
    ["texts", [WireType.LengthDelimited]],
    ["fixed numbers", [WireType.Bit64, WireType.Bit32]],
    ["groups", [WireType.StartGroup, WireType.EndGroup]],
    ["all of them", EVERY_TYPE],
  ])("takes five thousand fields, and not one more: %s", (_, wireTypes) => {
    expect(accepts(toFields(5_000, wireTypes))).toBe(true);
    expect(accepts(toFields(5_001, wireTypes))).toBe(false);
  });

  it("counts the items of a list, and not what is in them", () => {
    expect(accepts(toRequest(4_900))).toBe(true);
    expect(accepts(toRequest(5_001))).toBe(false);
  });

  it("says the same in whatever pieces a message comes", () => {
    const pieces = fc.integer({ min: 1, max: 700 });
    const count = fc.integer({ min: 4_995, max: 5_005 });
    const check = fc.property(pieces, count, (pieceBytes, fields) => {
      const bytes = toFields(fields, EVERY_TYPE);
      expect(accepts(bytes, pieceBytes)).toBe(fields <= 5_000);
    });
    fc.assert(check, { numRuns: 30 });
  });

  it("never counts fewer than the reader finds, however lengths and tags are written", () => {
    const more = toFields(5_001, [WireType.LengthDelimited, WireType.Varint]);
    // Bytes that go on, and so make long numbers, are rare among random ones.
    const byte = fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.constantFrom(0x7a, 0x80, 0xff, 0x10, 0x01));
    const start = fc.array(byte, { maxLength: 24 }).map((bytes) => Uint8Array.from(bytes));
    const field = start.map((bytes) => Uint8Array.from([0x7a, ...bytes]));
    const check = fc.property(fc.oneof(start, field), (bytes) => {
      const message = Buffer.concat([bytes, more]);
      if (countFields(message) > 5_000) expect(accepts(message)).toBe(false);
    });
    fc.assert(check, { numRuns: 3_000, examples: [[Uint8Array.of(0x7a, 0x80, 0x80, 0x80, 0x80, 0x10)]] });
  });

  it("leaves what is no message to whoever reads it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        expect(accepts(bytes)).toBe(true);
      }),
    );
  });
});
