import { InvalidArgumentError } from "../../core/errors.ts";
import { MAX_FIELDS } from "./limits.ts";

/** Of a tag's last three bits, see https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Protobuf-ES reads lengths as numbers of 32 bits, and leaves out what a longer one has above. */
const UINT_32 = 2 ** 32;

/**
 * Makes a check that is shown a binary message piece by piece, as it comes, and counts its fields and items, which no
 * message of ours has inside of each other. Ten MiB of empty ones would hold the process for a second.
 * @throws {InvalidArgumentError} the check does, once there are too many
 */
export function createProtobufCheck(): (bytes: Uint8Array) => void {
  let fields = 0;
  /** What the varint is that is being read. */
  let reading: "tag" | "value" | "length" = "tag";
  let varint = 0;
  let scale = 1;
  /** Bytes of a field that are still to come. */
  let rest = 0;

  function begin(wireType: number): void {
    fields += 1;
    if (fields > MAX_FIELDS) throw tooMany();
    if (wireType === VARINT) reading = "value";
    if (wireType === LENGTH_DELIMITED) reading = "length";
    if (wireType === FIXED_64) rest = 8;
    if (wireType === FIXED_32) rest = 4;
  }

  function end(read: number): void {
    const was = reading;
    reading = "tag";
    if (was === "tag") begin(read % 8);
    if (was === "length") rest = read % UINT_32;
  }

  function see(byte: number): void {
    if (scale < UINT_32) varint += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte >= 0x80) return;
    end(varint);
    varint = 0;
    scale = 1;
  }

  return (bytes) => {
    for (let at = 0; at < bytes.length;) {
      if (rest === 0) {
        see(bytes[at] as number);
        at += 1;
      } else {
        const skipped = Math.min(rest, bytes.length - at);
        rest -= skipped;
        at += skipped;
      }
    }
  };
}

/**
 * The same for a message that is there as a whole.
 * @throws {InvalidArgumentError}
 */
export function checkProtobuf(bytes: Uint8Array): void {
  // No field has less than a byte.
  if (bytes.length > MAX_FIELDS) createProtobufCheck()(bytes);
}

function tooMany(): InvalidArgumentError {
  const description = `the message must have at most ${MAX_FIELDS} fields and items`;
  return new InvalidArgumentError([{ field: "", description }]);
}
