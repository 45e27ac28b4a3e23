import type { ServerHttp2Session } from "node:http2";
import type { Limits } from "./limits.ts";

/**
 * Closes a connection without calls after a while, and at once one that gives no sign of life. The latter finds clients
 * that have vanished without a word, that read nothing, and connections that nghttp2 has given up: after too many
 * resets it says GOAWAY and handles no more frames, but leaves the socket open.
 */
export function tendSession(session: ServerHttp2Session, { keepAliveMs, idleMs }: Limits): void {
  let openStreams = 0;
  let idleSinceMs = performance.now();
  let isAlive = true;
  session.on("stream", (stream) => {
    openStreams += 1;
    stream.once("close", () => {
      openStreams -= 1;
      idleSinceMs = performance.now();
    });
  });

  function look(): void {
    // After the client's GOAWAY it is destroyed at once, and closed only with its connection.
    if (session.destroyed) return;
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
