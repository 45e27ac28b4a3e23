import type { ConnectError } from "@connectrpc/connect";
import {
  codeToHttpStatus,
  contentTypeUnaryJson,
  contentTypeUnaryProto,
  errorToJsonBytes,
  parseTimeout,
  trailerMux,
} from "@connectrpc/connect/protocol-connect";
import { isGone } from "../node-http.ts";
import { negotiate, toNodeHeaders, toSingle } from "./protocol.ts";
import type { Protocol, ProtocolOptions, Sealed, Terms } from "./protocol.ts";
import type { Exchange } from "./rpc.ts";

/** Connect's unary calls by POST, over HTTP/1.1 and HTTP/2, whose body is the message as it is. */
export function createConnect(options: ProtocolOptions): Protocol {
  const seal = async (message: Uint8Array, { compression }: Terms): Promise<Sealed> =>
    compression && message.byteLength >= options.compressMinBytes
      ? { bytes: await compression.compress(message), isCompressed: true }
      : { bytes: message, isCompressed: false };

  return {
    name: "connect",
    accept: ({ headers }, { isStreaming }) => {
      if (isStreaming) return undefined;
      const type = headers["content-type"];
      if (type !== contentTypeUnaryJson && type !== contentTypeUnaryProto) return undefined;
      if ((headers["content-encoding"] ?? "identity") !== "identity") return undefined;
      const given = toSingle(headers["connect-timeout-ms"]);
      const accepted = toSingle(headers["accept-encoding"]);
      if (given === undefined || accepted === undefined) return undefined;
      const { timeoutMs, error } = parseTimeout(given, options.maxTimeoutMs);
      if (error !== undefined) return undefined;
      const compression = negotiate(options.acceptCompression, accepted);
      return { isBinary: type === contentTypeUnaryProto, timeoutMs, compression };
    },
    setTimeoutMs: (headers, ms) => (headers["connect-timeout-ms"] = String(Math.ceil(ms))),
    isPlain: () => true,
    unwrap: (body) => body,
    seal,
    send: (exchange, sealed) => {
      const type = exchange.terms.isBinary ? contentTypeUnaryProto : contentTypeUnaryJson;
      finish(exchange, 200, type, sealed);
    },
    fail: async (exchange, error) => {
      const sealed = await seal(errorToJsonBytes(error, undefined), exchange.terms);
      finish(exchange, codeToHttpStatus(error.code), contentTypeUnaryJson, sealed, error);
    },
    sendPart: neverAccepted,
    sendEnd: neverAccepted,
  };
}

function neverAccepted(): never {
  throw new Error("streams are left to Connect");
}

function finish(
  { call, terms, response }: Exchange,
  status: number,
  type: string,
  { bytes, isCompressed }: Sealed,
  error?: ConnectError,
): void {
  if (isGone(response)) return;
  const { header, trailer } = call.touched();
  const own = header || trailer ? toNodeHeaders(trailerMux(new Headers(header), new Headers(trailer))) : {};
  response.writeHead(status, {
    ...own,
    ...(error && toNodeHeaders(error.metadata)),
    "content-type": type,
    ...(isCompressed && { "content-encoding": terms.compression?.name }),
    "content-length": bytes.byteLength,
  });
  response.end(bytes);
}
