import { once } from "node:events";
import * as net from "node:net";
import type { RawAnswer, RawRequest } from "./raw-request.ts";
import type { Way } from "./two-ways.ts";

/** A connection over HTTP/1.1 whose bytes are the caller's to send. */
export interface Http1Call {
  readonly socket: net.Socket;
  /** All that comes until the server ends the connection. */
  readonly answers: Promise<readonly RawAnswer[]>;
}

export function openHttp1(way: Way): Http1Call {
  const socket = net.connect({ port: way.port, host: "127.0.0.1", noDelay: true });
  const chunks: Buffer[] = [];
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  return { socket, answers: closed.then(() => toAnswers(Buffer.concat(chunks).toString("latin1"))) };
}

/** The connection ends with the answer, unless the request's headers say otherwise. */
export async function callHttp1(way: Way, request: RawRequest): Promise<RawAnswer> {
  const { socket, answers } = openHttp1(way);
  await once(socket, "connect");
  for (const bytes of [toHead(request), ...request.pieces]) {
    await new Promise((resolve) => socket.write(bytes, resolve));
  }
  const [answer] = await answers;
  if (answer === undefined) throw new Error("there was no answer");
  return answer;
}

/** With `host`, `connection` and `content-length`, where the request does not have its own. */
export function toHead({ method, path, headers, pieces }: RawRequest): Buffer {
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const framing = "transfer-encoding" in headers ? {} : { "content-length": String(length) };
  const all = { host: "127.0.0.1", connection: "close", ...framing, ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}: ${each}\r\n`),
  );
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
}

/** Answers one after another, also those of status 1xx, which have a head alone. */
function toAnswers(text: string): readonly RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = text;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) throw new Error(`an answer breaks off: ${rest}`);
    const [status = "", ...lines] = rest.slice(0, end).split("\r\n");
    const { date: _, ...headers } = Object.fromEntries(lines.map(toField)) as Record<string, string>;
    const bodyAt = end + 4;
    const bodyEnd = bodyAt + Number(headers["content-length"] ?? 0);
    const isChunked = "transfer-encoding" in headers;
    answers.push({
      status,
      headers,
      trailers: {},
      body: rest.slice(bodyAt, isChunked ? undefined : bodyEnd),
      rstCode: 0,
    });
    rest = isChunked ? "" : rest.slice(bodyEnd);
  }
  return answers;
}

function toField(line: string): readonly [string, string] {
  const [name = ""] = line.split(":", 1);
  return [name.toLowerCase(), line.slice(name.length + 1).trim()];
}
