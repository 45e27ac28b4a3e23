import { encodeEnvelope, transformSplitEnvelope } from "@connectrpc/connect/protocol";
import type { Compression } from "@connectrpc/connect/protocol";
import { toConnectError } from "../error-codes.ts";
import { createContainerCheck } from "./json-containers.ts";

/** Of an envelope's first byte. */
const COMPRESSED = 1;

/** The same compression for JSON alone: what was compressed can be looked at only once it is not any more. */
export function withContainerCheck(compression: Compression): Compression {
  return {
    ...compression,
    decompress: async (bytes, maxBytes) => {
      const json = await compression.decompress(bytes, maxBytes);
      check(createContainerCheck(), json);
      return json;
    },
  };
}

/** Passes a body on while it is looked at. */
export async function* checkContainers(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const see = createContainerCheck();
  for await (const chunk of body) {
    check(see, chunk);
    yield chunk;
  }
}

/** The same for a body of envelopes, as gRPC, gRPC-Web and Connect's streams have them. */
export async function* checkEnvelopes(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> {
  for await (const { flags, data } of transformSplitEnvelope(maxBytes)(body)) {
    if ((flags & COMPRESSED) === 0) check(createContainerCheck(), data);
    yield encodeEnvelope(flags, data);
  }
}

/** @throws {ConnectError} Connect takes other errors from below for faults of the server. */
function check(see: (bytes: Uint8Array) => void, bytes: Uint8Array): void {
  try {
    see(bytes);
  } catch (error) {
    throw toConnectError(error);
  }
}
