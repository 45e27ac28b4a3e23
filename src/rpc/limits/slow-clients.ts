import { constants } from "node:http2";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import type { Limits } from "./limits.ts";

/** Calls `giveUp` unless the request's body is complete in time; the answer ends that. */
export function limitBodyTime(request: HttpRequest, ms: number, giveUp: () => void): () => void {
  const timer = setTimeout(() => {
    // One that has come, and waits to be read or answered, is not late.
    if (!request.complete) giveUp();
  }, ms);
  const spare = (): void => clearTimeout(timer);
  request.once("end", spare);
  return spare;
}

/** Cuts off a client that takes nothing of its answer. One whose answer is not there yet may wait. */
export function limitStalls(response: HttpResponse, { stallMs }: Limits): void {
  response.setTimeout(stallMs, () => {
    if (response.writableLength > 0) cutOff(response);
  });
}

/** Ends the call and what it holds; over HTTP/2 the connection stays for others. */
export function cutOff(response: HttpResponse): void {
  if ("stream" in response) response.stream.destroy();
  else response.destroy();
}

/** Ends a call without an answer. Over HTTP/2 its client may send it again, and be it elsewhere: nothing was done of it. */
export function reset(request: HttpRequest, response: HttpResponse): void {
  if ("stream" in response) response.stream.close(constants.NGHTTP2_REFUSED_STREAM);
  else request.socket.destroy();
}
