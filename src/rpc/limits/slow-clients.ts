import { constants } from "node:http2";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import type { Limits } from "./limits.ts";

interface BodyTime {
  /** Gives a body of many messages the whole time again. */
  restart(): void;
  end(): void;
}

/** Calls `giveUp` unless the request's body is complete in time; the answer ends that. */
export function limitBodyTime(request: HttpRequest, ms: number, giveUp: () => void): BodyTime {
  const timer = setTimeout(() => {
    // One that has come, and waits to be read or answered, is not late.
    if (!request.complete) giveUp();
  }, ms);
  const end = (): void => clearTimeout(timer);
  request.once("end", end);
  return {
    end,
    // One that has ended must not begin anew.
    restart: () => {
      if (!request.complete) timer.refresh();
    },
  };
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

/** Ends a call without an answer. Over HTTP/2 its client may send it again, here or elsewhere: nothing was done of it. */
export function reset(request: HttpRequest, response: HttpResponse): void {
  if ("stream" in response) response.stream.close(constants.NGHTTP2_REFUSED_STREAM);
  else request.socket.destroy();
}
