import type { HttpRequest, HttpResponse } from "../node-http.ts";

/** A client that still sends when it has been answered gets this long to end, and to read its answer. */
const REST_OF_BODY_MS = 1_000;

/**
 * Reads away what comes of a body after the answer. Left unread, it would over HTTP/1.1 be taken for the next request,
 * and over HTTP/2 use up the window that all calls of a connection share.
 */
export function takeRestOfBody(request: HttpRequest, response: HttpResponse): void {
  // Taken now: a request that is given up loses them.
  const stream = "stream" in request ? request.stream : undefined;
  // Over HTTP/2, asking for the socket makes a proxy of it.
  const source = stream ?? request.socket;
  // Over HTTP/2 Node says that a response has finished only when its stream is closed.
  (stream ?? response).once("finish", () => {
    if (request.complete) return;
    const cutOff = setTimeout(() => source.destroy(), REST_OF_BODY_MS);
    const spare = (): void => clearTimeout(cutOff);
    source.once("close", spare);
    if (stream) {
      // A request that was given up takes nothing of its stream any more.
      stream.removeAllListeners("data").resume();
      return;
    }
    // Also a request that was given up may close, with its body still coming: only its end counts.
    request.once("end", () => {
      source.off("close", spare);
      spare();
    });
    request.resume();
  });
}
