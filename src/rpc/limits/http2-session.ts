import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Limits } from "./limits.ts";

/**
 * Closes a connection without calls after a while, and at once one that gives no sign of life. The latter finds clients
 * that have vanished without a word, that read nothing, and connections that nghttp2 has given up: after too many
 * resets it says GOAWAY and handles no more frames, but leaves the socket open.
 */
export function tendSession(
  session: ServerHttp2Session,
  socket: Socket,
  { keepAliveMs, idleMs }: Limits,
): void {
  let openStreams = 0;
  let idleSinceMs = performance.now();
  let isAlive = true;
  endBetweenReads(session);
  session.on("stream", (stream) => {
    openStreams += 1;
    stream.once("close", () => {
      openStreams -= 1;
      idleSinceMs = performance.now();
    });
  });

  function look(): void {
    if (session.destroyed) {
      // It waits for its client to end the connection, and may read nothing that would tell of it.
      socket.destroy();
      return;
    }
    if (!isAlive) {
      session.destroy();
      return;
    }
    if (openStreams === 0 && performance.now() - idleSinceMs >= idleMs) {
      session.close();
      return;
    }
    isAlive = false;
    session.ping((error) => (isAlive = error === null));
  }

  const timer = setInterval(look, keepAliveMs).unref();
  session.once("close", () => clearInterval(timer));
}

/**
 * Has a session end only when what has come is handled. Of a client's GOAWAY Node ends it at once, in the midst of what
 * nghttp2 is reading; what follows in the same packet then meets streams that are gone, and Node 20 and 22 end the
 * process by an assertion, or write over freed memory.
 */
function endBetweenReads(session: ServerHttp2Session): void {
  const { close, destroy } = session;
  session.close = (...args) => void setImmediate(() => close.apply(session, args));
  session.destroy = (...args) => void setImmediate(() => destroy.apply(session, args));
}
