import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FaultName, FaultStep } from "./fault-script.ts";

const HUGE_BYTES = 10 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const TRICKLE_MS = 1_000;
const JSON_TYPE = { "content-type": "application/json" };

/** What there is to answer with. */
interface Answers {
  /** The body with a report. */
  readonly report: string;
  /** The body without one. */
  readonly garbage: string;
}

type Play = (response: ServerResponse, answers: Answers) => void;

const PLAYS: Record<FaultName, Play> = {
  ok: (response, { report }) => sendJson(response, report),
  garbage: (response, { garbage }) => sendJson(response, garbage),
  hang: () => undefined,
  reset: (response) => void response.socket?.resetAndDestroy(),
  html: (response) =>
    void response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><h1>One moment…</h1>"),
  truncated: (response, { report }) => sendJson(response, report.slice(0, report.length / 2)),
  huge: (response, { report }) => sendJson(response, report.padEnd(HUGE_BYTES)),
  endless: (response) => {
    response.writeHead(200, JSON_TYPE);
    streamEndlessly(response);
  },
  trickle: (response, { report }) => {
    response.writeHead(200, JSON_TYPE);
    let sent = 0;
    const timer = setInterval(() => response.write(report[sent++] ?? ""), TRICKLE_MS);
    response.once("close", () => clearInterval(timer));
  },
  "wrong-charset": (response, { report }) =>
    void response
      .writeHead(200, { "content-type": "application/json; charset=utf-16le" })
      .end(Buffer.from(report, "utf16le")),
  redirect: (response) => void response.writeHead(307, { location: "/elsewhere" }).end(),
  "early-hints": (response, { report }) => {
    response.writeProcessing();
    response.writeEarlyHints({ link: "</model.css>; rel=preload; as=style" });
    sendJson(response, report);
  },
  "long-length": (response, { report }) => {
    response.writeHead(200, { ...JSON_TYPE, "content-length": Buffer.byteLength(report) + 1 });
    response.write(report, () => response.destroy());
  },
  "short-length": (response, { report }) =>
    void response
      .writeHead(200, { ...JSON_TYPE, "content-length": Buffer.byteLength(report) - 1 })
      .end(report),
};

/** Answers a request as a step says. */
export function playFault(step: FaultStep, response: ServerResponse, answers: Answers): void {
  const { does, afterMs } = step;
  const play = (): void => {
    if (typeof does === "string") PLAYS[does](response, answers);
    else sendStatus(does, step, response);
  };
  if (afterMs === 0) {
    play();
    return;
  }
  const timer = setTimeout(play, afterMs);
  response.once("close", () => clearTimeout(timer));
}

function sendStatus(status: number, step: FaultStep, response: ServerResponse): void {
  const { retryAfter, retryAtSeconds } = step;
  if (retryAfter !== undefined) response.setHeader("retry-after", retryAfter);
  if (retryAtSeconds !== undefined)
    response.setHeader("retry-after", new Date(Date.now() + retryAtSeconds * 1_000).toUTCString());
  if (step.body !== undefined) {
    response.writeHead(status, JSON_TYPE);
    if (step.body === "endless") streamEndlessly(response);
    else response.write("{");
    return;
  }
  const hasBody = status !== 204 && status !== 304;
  const body = JSON.stringify({ error: { message: "this fault was asked for", type: "test_fault" } });
  response.writeHead(status, hasBody ? JSON_TYPE : {}).end(hasBody ? body : undefined);
}

function sendJson(response: ServerResponse, body: string): void {
  response.writeHead(200, { ...JSON_TYPE, "content-length": Buffer.byteLength(body) }).end(body);
}

function streamEndlessly(response: ServerResponse): void {
  const blanks = Buffer.alloc(CHUNK_BYTES, " ");
  stream(response, function* () {
    yield "{";
    for (;;) yield blanks;
  });
}

/** Writes no faster than is read, until nobody reads any more. */
function stream(response: ServerResponse, chunks: () => Iterable<string | Buffer>): void {
  void pipeline(Readable.from(chunks(), { objectMode: true, highWaterMark: 1 }), response).catch(
    () => undefined,
  );
}
