import type { ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { HttpRequest, HttpResponse } from "./node-http.ts";

/** What is still to be told of the end, by HTTP/1.1 connection. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls `tell` once, when a request has been answered or its client has gone. A response's `close` is not enough: over
 * HTTP/1.1, Node does not emit it on those that wait behind others when their connection breaks.
 */
export function onRequestEnd(request: HttpRequest, response: HttpResponse, tell: () => void): void {
  if ("stream" in request) {
    const { stream } = request;
    // Of a HEAD request that is reset at once, the stream closes before anybody is shown it.
    if (stream.destroyed) process.nextTick(tell);
    else response.once("close", tell);
    return;
  }
  const ends = waiting.get(request.socket) ?? listenTo(request.socket);
  const end = (): void => {
    if (ends.delete(end)) tell();
  };
  ends.add(end);
  response.once("close", end);
}

/**
 * Node itself keeps a stream that its client has reset without an error: until somebody has read its body and, if its
 * answer was under way, for ever, without a word and without timeouts.
 */
export function destroyOnceReset(request: HttpRequest): void {
  if (!("stream" in request)) return;
  const { stream } = request;
  stream.on("aborted", destroySoon).on("end", destroyIfClosed);
  if (stream.closed) stream.destroy();
}

// Functions for all streams, of which thousands may be open.

/** Not at once: it may be our own reset, which is still to be sent. */
function destroySoon(this: ServerHttp2Stream): void {
  process.nextTick(() => this.destroy());
}

function destroyIfClosed(this: ServerHttp2Stream): void {
  if (this.closed) this.destroy();
}

/** How many requests of an HTTP/1.1 connection have not come to their end. */
export function openRequests(socket: Socket): number {
  return waiting.get(socket)?.size ?? 0;
}

/** One listener for all requests of a connection, however many a client sends at once. */
function listenTo(socket: Socket): Set<() => void> {
  const ends = new Set<() => void>();
  waiting.set(socket, ends);
  socket.once("close", () => ends.forEach((end) => end()));

  return ends;
}
