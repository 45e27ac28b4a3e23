import { RequestError } from "../core/errors.ts";
import type { HttpRequest, HttpResponse } from "./node-http.ts";
import { onRequestEnd } from "./request-end.ts";

/** Why a call ends whose client has left. */
export function clientGone(): RequestError {
  return new RequestError("cancelled", "the client has gone away");
}

/**
 * Aborted when a call is over, and with it nobody is left to answer. Unlike connect-node's own it knows of clients that
 * leave with calls behind others, and takes no way of leaving for a failure of ours.
 */
export function createGoneSignal(request: HttpRequest, response: HttpResponse): AbortSignal {
  const controller = new AbortController();
  onRequestEnd(request, response, () => controller.abort(clientGone()));
  return controller.signal;
}
