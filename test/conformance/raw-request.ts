import { API_KEY } from "./two-ways.ts";

/** A request as its bytes go out. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Each goes out by itself: over HTTP/2 in a frame of its own. */
  readonly pieces: readonly Buffer[];
}

/** All that a client can see of an answer, but for its date. */
export interface RawAnswer {
  readonly status: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly trailers: Readonly<Record<string, unknown>>;
  readonly body: string;
  /** How the stream ended; 0 when nobody reset it, and over HTTP/1.1. */
  readonly rstCode: number;
}

/** What every request has, so that its answer is the same each time. */
export const USUAL_HEADERS = { "x-request-id": "conformance", "x-api-key": API_KEY };

export function envelope(payload: Uint8Array, flags = 0, length = payload.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}
