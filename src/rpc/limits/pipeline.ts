import { openRequests } from "../request-end.ts";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import type { Limits } from "./limits.ts";

/**
 * Cuts off an HTTP/1.1 connection with too many calls at a time, or one of whose calls waits too long behind another.
 * Node stops reading from a connection whose answers wait, and then does not learn that its client has gone: behind a
 * stream that says nothing they would stay for ever. The answer ends the wait.
 */
export function limitPipeline(
  request: HttpRequest,
  response: HttpResponse,
  { callsPerPipeline, stallMs }: Limits,
): () => void {
  if ("stream" in request) return ignore;
  const open = openRequests(request.socket);
  if (open > callsPerPipeline) request.socket.destroy();
  // Whoever is first has the connection for itself.
  if (open <= 1) return ignore;
  const timer = setTimeout(() => {
    if (response.socket === null) request.socket.destroy();
  }, stallMs).unref();
  return () => clearTimeout(timer);
}

function ignore(): void {
  // There is nothing to end.
}
