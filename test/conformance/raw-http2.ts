import * as net from "node:net";
import { encodeHeaders, END_HEADERS, FRAME, GREETING, frame, toResetCode } from "../support/http2-frames.ts";
import type { RawRequest } from "./raw-request.ts";
import type { Way } from "./two-ways.ts";

/** An HTTP/2 connection without a library between: Node's own ends a body that it resets. */
export interface RawHttp2 {
  readonly socket: net.Socket;
  /** Begins stream 1. */
  open(request: Omit<RawRequest, "pieces">, flags?: number): void;
  send(type: number, flags: number, payload?: Parameters<typeof frame>[3]): void;
  reset(code: number): void;
}

export function openRawHttp2(way: Way): RawHttp2 {
  const socket = net.connect({ port: way.port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined).resume();
  socket.write(GREETING);
  const send: RawHttp2["send"] = (type, flags, payload) => void socket.write(frame(type, flags, 1, payload));
  return {
    socket,
    open: ({ method, path, headers }, flags = 0) => {
      const pseudo = { ":method": method, ":scheme": "http", ":authority": "a", ":path": path };
      send(FRAME.headers, END_HEADERS | flags, encodeHeaders({ ...pseudo, ...headers }));
    },
    send,
    reset: (code) => send(FRAME.reset, 0, toResetCode(code)),
  };
}
