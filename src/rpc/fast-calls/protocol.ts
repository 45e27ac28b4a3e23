import type { IncomingHttpHeaders } from "node:http";
import { compressionNegotiate } from "@connectrpc/connect/protocol";
import type { Compression } from "@connectrpc/connect/protocol";
import type { ConnectError } from "@connectrpc/connect";
import type { HttpRequest } from "../node-http.ts";
import type { Exchange, Rpc } from "./rpc.ts";

/** What a request's headers ask for. */
export interface Terms {
  /** Protobuf's binary form; otherwise JSON. */
  readonly isBinary: boolean;
  readonly timeoutMs: number | undefined;
  /** For the answer. */
  readonly compression: Compression | null;
}

/** An answer as it goes over the wire. */
export interface Sealed {
  readonly bytes: Uint8Array;
  readonly isCompressed: boolean;
}

/** How a protocol of Connect's says a call, as far as it can be treated here exactly as there. */
export interface Protocol {
  readonly name: string;
  /** Undefined for what is better left to Connect. */
  accept(request: HttpRequest, rpc: Pick<Rpc, "isStreaming">): Terms | undefined;
  /** Says in a request's headers what is left of its time. */
  setTimeoutMs(headers: IncomingHttpHeaders, ms: number): void;
  /** False when a body that begins so can't be one plain message of at most `maxBytes`. */
  isPlain(head: Buffer, maxBytes: number): boolean;
  /** The message in a body; undefined when the body is not just one, as it is. */
  unwrap(body: Buffer): Uint8Array | undefined;
  seal(message: Uint8Array, terms: Terms): Promise<Sealed>;
  /** Answers with one message. */
  send(exchange: Exchange, sealed: Sealed): void;
  fail(exchange: Exchange, error: ConnectError): Promise<void>;
  /** One message of a stream. False when the client takes no more for now, or is gone. */
  sendPart(exchange: Exchange, sealed: Sealed): boolean;
  /** Ends a stream. */
  sendEnd(exchange: Exchange, failure: ConnectError | undefined): void;
}

/** What protocols are told of the options that Connect has. */
export interface ProtocolOptions {
  readonly acceptCompression: Compression[];
  readonly compressMinBytes: number;
  readonly maxTimeoutMs: number;
}

/** A header that came once, or not at all, which is null as in Connect; undefined when it came as a list. */
export function toSingle(value: string | string[] | undefined): string | null | undefined {
  if (value === undefined) return null;
  return typeof value === "string" ? value : undefined;
}

/** The compression of the answer, as Connect finds it. */
export function negotiate(available: Compression[], accepted: string | null): Compression | null {
  return accepted === null ? null : compressionNegotiate(available, null, accepted, "").response;
}

/** Headers as Node takes them. */
export function toNodeHeaders(headers: Headers): Record<string, string> {
  const plain: Record<string, string> = {};
  headers.forEach((value, name) => (plain[name] = value));
  return plain;
}
