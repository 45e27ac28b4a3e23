import type { Http2ServerResponse } from "node:http2";
import type { ConnectError } from "@connectrpc/connect";
import { compressedFlag, encodeEnvelope, envelopeCompress } from "@connectrpc/connect/protocol";
import { contentTypeProto, parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { isGone } from "../node-http.ts";
import { negotiate, toNodeHeaders, toSingle } from "./protocol.ts";
import type { Protocol, ProtocolOptions } from "./protocol.ts";
import type { Exchange } from "./rpc.ts";

/** gRPC over HTTP/2 as nearly every client speaks it: one message in one envelope that is not compressed. */
export function createGrpc(options: ProtocolOptions): Protocol {
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
    isPlain: (head, maxBytes) =>
      head.length < PREFIX_BYTES || (head[0] === 0 && head.readUInt32BE(1) <= maxBytes - PREFIX_BYTES),
    unwrap: (body) => {
      if (body.length < PREFIX_BYTES || body[0] !== 0) return undefined;
      return body.readUInt32BE(1) === body.length - PREFIX_BYTES ? body.subarray(PREFIX_BYTES) : undefined;
    },
    seal: async (message, { compression }) => {
      const envelope = { flags: 0, data: message };
      const { flags, data } = await envelopeCompress(envelope, compression, options.compressMinBytes);
      return { bytes: encodeEnvelope(flags, data), isCompressed: (flags & compressedFlag) !== 0 };
    },
    send: (exchange, { bytes }) => finish(exchange, undefined, bytes),
    fail: (exchange, error) => {
      finish(exchange, error);
      return Promise.resolve();
    },
    sendPart: (exchange, { bytes }) => {
      const { response } = exchange;
      if (isGone(response)) return false;
      begin(exchange);
      // Over HTTP/2 alone.
      return (response as Http2ServerResponse).write(bytes);
    },
    sendEnd: finish,
  };
}

/** A flag, and the length in four bytes. */
const PREFIX_BYTES = 5;

const GOOD = { "grpc-status": "0" };

function begin({ call, terms, response }: Exchange): void {
  if (response.headersSent) return;
  const { header } = call.touched();
  response.writeHead(200, {
    "content-type": contentTypeProto,
    ...(terms.compression && { "grpc-encoding": terms.compression.name }),
    ...(header && toNodeHeaders(header)),
  });
}

function finish(exchange: Exchange, error: ConnectError | undefined, bytes?: Uint8Array): void {
  const { call, response, context } = exchange;
  const trailer = toTrailer(call, error);
  context.grpcStatus = trailer["grpc-status"];
  if (isGone(response)) return;
  begin(exchange);
  response.addTrailers(trailer);
  if (bytes === undefined) response.end();
  else response.end(bytes);
}

function toTrailer(
  call: Exchange["call"],
  error: ConnectError | undefined,
): Readonly<Record<string, string>> {
  const { trailer } = call.touched();
  if (error !== undefined) return toNodeHeaders(setTrailerStatus(new Headers(trailer), error));
  return trailer ? { ...toNodeHeaders(trailer), ...GOOD } : GOOD;
}
