import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import * as tls from "node:tls";
import type { Logger } from "../telemetry/logger.ts";
import { tendSession } from "./limits/http2-session.ts";
import type { Limits } from "./limits/limits.ts";
import { isGone } from "./node-http.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "./node-http.ts";

/** PEM files for TLS. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients must then show a certificate of this authority. */
  readonly clientCaFile?: string | undefined;
}

/** One port that speaks HTTP/1.1 and HTTP/2. */
export interface Listener {
  /** @throws when the address can't be listened on. */
  listen(port: number, host: string): Promise<net.AddressInfo>;
  /** Tells HTTP/2 clients to open a new connection for their next call. */
  drain(): void;
  /** Takes no more connections, lets open requests end for `graceMs`, and then cuts them off. */
  close(graceMs: number): Promise<void>;
}

interface ListenerDependencies {
  readonly handler: HttpHandler;
  readonly limits: Limits;
  readonly logger: Logger;
  readonly tls?: TlsFiles | undefined;
}

/**
 * With certificates TLS, without cleartext; in either, a connection's first bytes tell the protocols apart. Over TLS, ALPN
 * must have agreed on HTTP/2, too.
 */
export function createListener({ handler, limits, logger, tls: files }: ListenerDependencies): Listener {
  const sessions = new Set<http2.ServerHttp2Session>();
  const track: AcceptorOptions["track"] = (session, socket) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    tendSession(session, socket, limits);
  };
  const server = files ? createTlsServer(files, limits) : net.createServer(KEEP_ALIVE);
  const { accept, listening, closeIdle } = createAcceptor({ handler, track, limits });
  server.maxConnections = limits.connections;
  server.on("drop", createDropLog(logger));
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on(files ? "secureConnection" : "connection", (socket: net.Socket) => {
    endLingering(socket, limits);
    accept(socket);
  });
  const endSessions = (): void => sessions.forEach((session) => session.close());

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          listening();
          resolve(server.address() as net.AddressInfo);
        });
      }),
    drain: endSessions,
    close: (graceMs) =>
      new Promise((resolve) => {
        const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
        server.close(() => {
          clearTimeout(cutOff);
          resolve();
        });
        endSessions();
        closeIdle();
      }),
  };
}

/** A client that does not end its side of a connection whose other side has ended would hold it for ever. */
function endLingering(socket: net.Socket, { lingerMs }: Limits): void {
  socket.once("finish", () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
    socket.once("close", () => clearTimeout(timer));
  });
}

/** A flood of connections is worth a line now and then, not one each. */
const DROP_LOG_INTERVAL_MS = 60_000;

function createDropLog(logger: Logger): () => void {
  let loggedAtMs = -Infinity;
  return () => {
    if (performance.now() - loggedAtMs < DROP_LOG_INTERVAL_MS) return;
    loggedAtMs = performance.now();
    logger.warn("connections are dropped: there are too many");
  };
}

interface AcceptorOptions {
  readonly handler: HttpHandler;
  readonly track: (session: http2.ServerHttp2Session, socket: net.Socket) => void;
  readonly limits: Limits;
}

/** Speaks HTTP/1.1 or HTTP/2 over connections that somebody else listens for. */
interface Acceptor {
  accept(socket: net.Socket): void;
  /** To be called when the server listens. */
  listening(): void;
  /** Ends connections that wait for nothing. */
  closeIdle(): void;
}

/** Finds clients that vanish without a word from a stream over HTTP/1.1; HTTP/2 has pings. */
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 };

function toHttp2Options({ streamsPerConnection, sessionMiB }: Limits) {
  return { settings: { maxConcurrentStreams: streamsPerConnection }, maxSessionMemory: sessionMiB };
}

function createTlsServer(files: TlsFiles, { handshakeMs }: Limits): tls.Server {
  const options = { ...KEEP_ALIVE, ALPNProtocols: ["h2", "http/1.1"], handshakeTimeout: handshakeMs };
  const server = tls.createServer({ ...options, ...readTlsFiles(files) });
  // Also when the handshake takes too long: of that we are told, and no more is done.
  return server.on("tlsClientError", (_error, socket) => socket.destroy());
}

/** @throws an error that names the file. */
function readTlsFiles({ certFile, keyFile, clientCaFile }: TlsFiles) {
  const read = (file: string): Buffer => {
    const pem = readPem(file);
    if (!pem.includes("-----BEGIN ")) throw new Error(`${file} holds no PEM, as a file for TLS must`);
    return pem;
  };
  const ca =
    clientCaFile === undefined ? {} : { ca: read(clientCaFile), requestCert: true, rejectUnauthorized: true };
  return { cert: read(certFile), key: read(keyFile), ...ca };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new Error(`${file}, which a TLS_… variable names, can't be read (${reason})`, { cause: error });
  }
}

function createAcceptor({ handler, track, limits }: AcceptorOptions): Acceptor {
  // What else a client expects than to be told to go on is nothing to us; Node would refuse it past all counting.
  const http1 = http.createServer(handler).on("checkExpectation", handler);
  const http2Server = http2.createServer(toHttp2Options(limits), handler).on("sessionError", ignore);
  takeUnusual(http2Server, handler);
  const beginHttp2 = (socket: net.Socket): void => {
    // Of its session's own socket Node gives a face that can't be destroyed.
    const begin = (session: http2.ServerHttp2Session): void => track(session, socket);
    http2Server.once("session", begin).emit("connection", socket);
    // Without ALPN's agreement Node begins none over TLS.
    http2Server.off("session", begin);
  };
  const undecided = new Set<net.Socket>();
  return {
    accept: (socket) => {
      undecided.add(socket);
      socket.once("close", () => undecided.delete(socket));
      socket.setTimeout(limits.handshakeMs, () => socket.destroy());
      socket.on("error", ignore);
      peek(socket, (isHttp2) => {
        undecided.delete(socket);
        socket.setTimeout(0);
        socket.removeAllListeners("timeout");
        if (isHttp2) beginHttp2(socket);
        else http1.emit("connection", socket);
      });
    },
    // It gets its connections from us and never listens itself, but Node begins to keep track of connections, and so
    // to enforce its timeouts, only then.
    listening: () => http1.emit("listening"),
    closeIdle: () => {
      http1.close();
      undecided.forEach((socket) => socket.destroy());
    },
  };
}

/**
 * Shows the handler those requests, too, that Node would answer by itself over HTTP/2: outside of all limits, and with an
 * error that ends the process when a client expects a word to go on and has reset its stream.
 */
function takeUnusual(server: http2.Http2Server, handler: HttpHandler): void {
  server.on("checkContinue", (request: HttpRequest, response: HttpResponse) => {
    if (!isGone(response)) response.writeContinue();
    handler(request, response);
  });
  server.on("checkExpectation", handler).on("connect", handler);
}

/** What every HTTP/2 connection with prior knowledge begins with, RFC 9113 section 3.4. */
const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0");

/** Looks at the first bytes, puts them back, and tells whether they are the preface's. */
function peek(socket: net.Socket, decide: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const look = (): void => {
    const chunk = socket.read() as Buffer | null;
    // What came is put back only once it has decided: put back earlier, it would make the socket readable for ever.
    if (chunk !== null) seen = Buffer.concat([seen, chunk]);
    const known = Math.min(seen.length, HTTP2_PREFACE.length);
    const matches = seen.subarray(0, known).equals(HTTP2_PREFACE.subarray(0, known));
    if (matches && known < HTTP2_PREFACE.length) {
      socket.once("readable", look);
      return;
    }
    socket.unshift(seen);
    decide(matches);
  };
  socket.once("readable", look);
}

function ignore(): void {
  // A broken connection concerns its client only, and is closed by Node.
}
