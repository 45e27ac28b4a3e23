import { once } from "node:events";
import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { RawAnswer, RawRequest } from "./raw-request.ts";
import type { Way } from "./two-ways.ts";

/** A call over HTTP/2 whose body is the caller's to send. */
export interface Http2Call {
  readonly stream: ClientHttp2Stream;
  readonly answer: Promise<RawAnswer>;
}

export function openHttp2(way: Way, { method, path, headers }: Omit<RawRequest, "pieces">): Http2Call {
  const stream = way.session().request(
    { ":method": method, ":path": path, ...(headers as OutgoingHttpHeaders) },
    // Without it, GET and HEAD could have no body.
    { endStream: false },
  );
  return { stream, answer: readAnswer(stream) };
}

export async function callHttp2(way: Way, request: RawRequest): Promise<RawAnswer> {
  const { stream, answer } = openHttp2(way, request);
  for (const piece of request.pieces) await sendPiece(stream, piece);
  stream.end();
  return answer;
}

/** Resolves also when nobody takes it any more. */
export function sendPiece(stream: ClientHttp2Stream, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write(piece, () => resolve());
  });
}

async function readAnswer(stream: ClientHttp2Stream): Promise<RawAnswer> {
  let head: IncomingHttpHeaders = {};
  let trailers: IncomingHttpHeaders = {};
  const chunks: Buffer[] = [];
  stream.on("error", () => undefined);
  stream.on("response", (headers: IncomingHttpHeaders) => (head = headers));
  stream.on("trailers", (headers: IncomingHttpHeaders) => (trailers = headers));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "close").catch(() => undefined);
  const { ":status": status = "none", date: _, ...headers } = head;
  const body = Buffer.concat(chunks).toString("latin1");
  return { status: String(status), headers, trailers: { ...trailers }, body, rstCode: stream.rstCode };
}
