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
    response.once("close", tell);
    return;
  }
  const ends = waiting.get(request.socket) ?? listenTo(request.socket);
  const end = (): void => {
    if (ends.delete(end)) tell();
  };
  ends.add(end);
  response.once("close", end);
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
