import { codeFromString, endStreamFlag } from "@connectrpc/connect/protocol-connect";
import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";

/** Bytes of an envelope's head: its flags, and the length of what follows. */
const HEAD_BYTES = 5;

/**
 * gRPC's status, as a number, that the last envelope of an answer has: gRPC-Web and Connect's streams send failures so,
 * under HTTP's status 200. Undefined for any other envelope, and for one that tells of no failure.
 */
export function toEndStatus(envelope: Uint8Array): string | undefined {
  const [flags] = envelope;
  if (flags !== trailerFlag && flags !== endStreamFlag) return undefined;
  const text = Buffer.from(envelope.subarray(HEAD_BYTES)).toString();
  if (flags === trailerFlag) return /^grpc-status: *(\d+)/im.exec(text)?.[1];
  const { error } = JSON.parse(text) as { readonly error?: { readonly code: string } };
  return error && codeFromString(error.code)?.toString();
}
