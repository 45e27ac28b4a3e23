import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

/** A request over HTTP/1.1 or HTTP/2: Node gives both the same face. */
export type HttpRequest = IncomingMessage | Http2ServerRequest;

/** The answer to an {@link HttpRequest}. */
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Answers one request. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void;

/**
 * True when nobody is there any more to be answered. Over HTTP/2 Node's response does not say so, but for its type; and a
 * stream that was reset without an error is closed, and destroyed only once it has been read.
 */
export function isGone(response: HttpResponse): boolean {
  if (!("stream" in response)) return response.destroyed;
  return response.stream.closed || response.stream.destroyed;
}
