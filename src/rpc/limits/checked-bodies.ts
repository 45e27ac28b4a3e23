import { encodeEnvelope, transformSplitEnvelope } from "@connectrpc/connect/protocol";
import type { Compression } from "@connectrpc/connect/protocol";
import { toConnectError } from "../error-codes.ts";

/** Looks at a message piece by piece, as it comes, and throws when it is none to be parsed. */
export type Check = (bytes: Uint8Array) => void;

/** Of an envelope's first byte. */
const COMPRESSED = 1;

/** The same compression: what was compressed can be looked at only once it is not any more. */
export function withCheck(compression: Compression, createCheck: () => Check): Compression {
  return {
    ...compression,
    decompress: async (bytes, maxBytes) => {
      const message = await compression.decompress(bytes, maxBytes);
      look(createCheck(), message);
      return message;
    },
  };
}

/** Passes a body on while it is looked at. */
export async function* checkBody(
  body: AsyncIterable<Uint8Array>,
  createCheck: () => Check,
): AsyncGenerator<Uint8Array, void> {
  const check = createCheck();
  for await (const chunk of body) {
    look(check, chunk);
    yield chunk;
  }
}

/** The same for a body of envelopes, as gRPC, gRPC-Web and Connect's streams have them. */
export async function* checkEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  createCheck: () => Check,
): AsyncGenerator<Uint8Array, void> {
  for await (const { flags, data } of transformSplitEnvelope(maxBytes)(body)) {
    if ((flags & COMPRESSED) === 0) look(createCheck(), data);
    yield encodeEnvelope(flags, data);
  }
}

/** @throws {ConnectError} Connect takes other errors from below for faults of the server. */
function look(check: Check, bytes: Uint8Array): void {
  try {
    check(bytes);
  } catch (error) {
    throw toConnectError(error);
  }
}
