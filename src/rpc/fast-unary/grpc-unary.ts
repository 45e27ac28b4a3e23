import { compressedFlag, encodeEnvelope, envelopeCompress } from "@connectrpc/connect/protocol";
import { contentTypeProto, parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { isGone } from "../node-http.ts";
import { negotiate, toNodeHeaders, toSingle } from "./unary-protocol.ts";
import type { Exchange, UnaryProtocol, UnaryProtocolOptions } from "./unary-protocol.ts";

/** gRPC over HTTP/2 as nearly every client speaks it: one message in one envelope that is not compressed. */
export function createGrpcUnary(options: UnaryProtocolOptions): UnaryProtocol {
  return {
    name: "grpc",
    accept: ({ headers, httpVersionMajor }) => {
      const type = headers["content-type"];
      if (httpVersionMajor !== 2 || (type !== "application/grpc" && type !== contentTypeProto))
        return undefined;
      if ((headers["grpc-encoding"] ?? "identity") !== "identity") return undefined;
      const given = toSingle(headers["grpc-timeout"]);
      const accepted = toSingle(headers["grpc-accept-encoding"]);
      if (given === undefined || accepted === undefined) return undefined;
      const { timeoutMs, error } = parseTimeout(given, options.maxTimeoutMs);
      if (error !== undefined) return undefined;
      return { isBinary: true, timeoutMs, compression: negotiate(options.acceptCompression, accepted) };
    },
    setTimeoutMs: (headers, ms) => {
      // The header has eight digits at most.
      headers["grpc-timeout"] = ms < 1e8 ? `${Math.ceil(ms)}m` : `${Math.ceil(ms / 1_000)}S`;
    },
    unwrap: (body) => {
      if (body.length < PREFIX_BYTES || body[0] !== 0) return undefined;
      return body.readUInt32BE(1) === body.length - PREFIX_BYTES ? body.subarray(PREFIX_BYTES) : undefined;
    },
    seal: async (message, { compression }) => {
      const envelope = { flags: 0, data: message };
      const { flags, data } = await envelopeCompress(envelope, compression, options.compressMinBytes);
      return { bytes: encodeEnvelope(flags, data), isCompressed: (flags & compressedFlag) !== 0 };
    },
    send: (exchange, { bytes }) => finish(exchange, GOOD, bytes),
    fail: (exchange, error) => {
      const trailer = new Headers(exchange.call.touched().trailer);
      finish(exchange, toNodeHeaders(setTrailerStatus(trailer, error)));
      return Promise.resolve();
    },
  };
}

/** A flag, and the length in four bytes. */
const PREFIX_BYTES = 5;

const GOOD = { "grpc-status": "0" };

function finish(
  { call, terms, response, context }: Exchange,
  status: Readonly<Record<string, string>>,
  bytes?: Uint8Array,
): void {
  const { header, trailer } = call.touched();
  context.grpcStatus = status["grpc-status"];
  if (isGone(response)) return;
  response.writeHead(200, {
    "content-type": contentTypeProto,
    ...(terms.compression && { "grpc-encoding": terms.compression.name }),
    ...(header && toNodeHeaders(header)),
  });
  response.addTrailers(trailer ? { ...toNodeHeaders(trailer), ...status } : status);
  if (bytes === undefined) response.end();
  else response.end(bytes);
}
