import { execFile } from "node:child_process";
import { once } from "node:events";
import * as http2 from "node:http2";
import * as net from "node:net";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { END_HEADERS, END_STREAM, FRAME, frame, GET_LIVEZ, GREETING } from "../support/http2-frames.ts";
import { sampleInput } from "../support/samples.ts";
import { startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** 200 MiB of a server at rest, and the 128 MiB of bodies in flight in pieces, joined, and not yet swept up. */
const MAX_RESIDENT_BYTES = 600 * MIB;

let server: ServerProcess;
let jobUrl: string;

beforeAll(async () => {
  server = await startServerProcess();
  const response = await post("/v1/reports", JSON.stringify(sampleInput()));
  const { statusUrl, jobId } = (await response.json()) as { statusUrl: string; jobId: string };
  await server.line((line) => line.msg === "job ended" && line.jobId === jobId);
  jobUrl = `${server.url}${statusUrl}`;
});
afterAll(() => server.stop());

function post(path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

async function residentBytes(): Promise<number> {
  const { stdout } = await run("ps", ["-o", "rss=", "-p", String(server.child.pid)]);
  return Number(stdout) * 1024;
}

/** Asks for a report time and again until the attack is over, and tells how that went. */
async function othersDuring(attack: Promise<unknown>) {
  const state = { isOver: false };
  const over = attack.finally(() => (state.isOver = true));
  const durationsMs: number[] = [];
  let peakBytes = 0;
  while (!state.isOver || durationsMs.length < 100) {
    const startedAtMs = performance.now();
    const response = await fetch(jobUrl);
    await response.arrayBuffer();
    durationsMs.push(performance.now() - startedAtMs);
    expect(response.status).toBe(200);
    if (durationsMs.length % 20 === 0) peakBytes = Math.max(peakBytes, await residentBytes());
  }
  return { result: await over, durationsMs, peakBytes };
}

/** Lets an attack run; others must be answered meanwhile, from bounded memory. Their p99 is printed. */
async function withstand<T>(name: string, attack: Promise<T>): Promise<T> {
  const { result, durationsMs, peakBytes } = await othersDuring(attack);
  const sorted = durationsMs.toSorted((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
  process.stdout.write(
    `${name}: ${sorted.length} calls of others, p99 ${p99.toFixed(1)} ms; ${Math.round(peakBytes / MIB)} MiB resident\n`,
  );
  expect(peakBytes).toBeLessThan(MAX_RESIDENT_BYTES);
  return result as T;
}

function connect(): net.Socket {
  return net.connect(server.port, "127.0.0.1").on("error", () => undefined);
}

/** Sends pieces until the server takes no more, and answers with how many it took. */
async function flood(pieces: Iterable<Buffer>): Promise<number> {
  const socket = connect().resume();
  const end = new Promise<false>((resolve) => socket.once("close", () => resolve(false)));
  let sent = 0;
  for (const piece of pieces) {
    const written = new Promise<boolean>((resolve) => socket.write(piece, (error) => resolve(!error)));
    if (!(await Promise.race([written, end]))) break;
    sent += 1;
  }
  socket.destroy();
  return sent;
}

function* repeat(first: Buffer, piece: (index: number) => Buffer, times: number): Generator<Buffer> {
  yield first;
  for (let index = 0; index < times; index += 1) yield piece(index);
}

function times<T>(count: number, task: (index: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => task(index)));
}

describe("others are answered, from bounded memory, while a client", () => {
  it("sends a thousand requests a byte at a time", async () => {
    const heads = [
      "GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ",
      "POST /v1/reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
    ];
    const attack = times(1_000, async (index) => {
      const socket = connect();
      await once(socket, "connect");
      for (const byte of `${heads[index % 2] ?? ""}${"a".repeat(50)}`) {
        await new Promise((resolve) => socket.write(byte, resolve));
      }
      socket.destroy();
    });
    await withstand("slow requests", attack);
  });

  it("leaves a thousand bodies open over one HTTP/2 connection", async () => {
    const session = http2.connect(server.url).on("error", () => undefined);
    const attack = times(900, async () => {
      const headers = { ":method": "POST", ":path": "/v1/reports", "content-type": "application/json" };
      const stream = session.request(headers).on("error", () => undefined);
      await new Promise((resolve) => stream.write(" ".repeat(10_000), resolve));
    });
    await withstand("open bodies", attack);
    session.destroy();
  });

  it("resets what it has just asked for", async () => {
    const cancel = Buffer.from([0, 0, 0, 8]);
    const piece = (index: number): Buffer => {
      const stream = 2 * index + 1;
      const ask = frame(FRAME.headers, END_STREAM | END_HEADERS, stream, GET_LIVEZ);
      return Buffer.concat([ask, frame(FRAME.reset, 0, stream, cancel)]);
    };
    await withstand(
      "rapid resets",
      times(20, () => flood(repeat(GREETING, piece, 5_000))),
    );
    // A connection that has gone too far is heard no more, so what it asked for is bounded.
    const handled = server.output().split('"method":"GET /livez"').length - 1;
    process.stdout.write(`rapid resets: ${handled} of 100000 requests were handled\n`);
    expect(handled).toBeLessThan(20 * 3_000);
  }, 30_000);

  it("sends headers without end", async () => {
    // A literal header field with a new name of one byte, and a value of 126.
    const field = Buffer.concat([
      Buffer.from([0, 1]),
      Buffer.from("x"),
      Buffer.from([126]),
      Buffer.alloc(126, 97),
    ]);
    const block = Buffer.concat(Array.from({ length: 120 }, () => field));
    const begin = Buffer.concat([GREETING, frame(FRAME.headers, END_STREAM, 1, GET_LIVEZ)]);
    const pieces = () => repeat(begin, () => frame(FRAME.continuation, 0, 1, block), 1_000);
    const sent = await withstand(
      "endless headers",
      times(20, () => flood(pieces())),
    );
    // The kernel's buffers take some more than the server does.
    expect(Math.max(...sent) * block.length).toBeLessThan(8 * MIB);
  });

  it("sends headers that are too long over HTTP/1.1", async () => {
    const attack = times(100, () =>
      fetch(`${server.url}/livez`, { headers: { "x-long": "a".repeat(20_000) } }),
    );
    const answers = await withstand("long headers", attack);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([431]));
  });

  it("sends messages that are too large, or grow too large", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB, " "));
    const attack = times(60, async (index) => {
      const zipped = post("/stepper.v1.ReportService/Enqueue", bomb, { "content-encoding": "gzip" });
      if (index % 10 !== 0) return (await zipped).status;
      // A client that still sends when it has been answered may be cut off.
      await post("/v1/reports", Buffer.alloc(16 * MIB, " ")).catch(() => undefined);
      return (await zipped).status;
    });
    const statuses = await withstand("large messages", attack);
    expect(new Set(statuses)).toEqual(new Set([429]));
  }, 30_000);

  it("sends JSON that nests without end", async () => {
    const brackets = Buffer.alloc(9 * MIB, "[");
    const attack = times(20, async (index) => {
      const path = index % 2 === 0 ? "/v1/reports" : "/stepper.v1.ReportService/Enqueue";
      return post(path, brackets).then(
        ({ status }) => status,
        () => 400,
      );
    });
    expect(new Set(await withstand("nested JSON", attack))).toEqual(new Set([400]));
  }, 30_000);
});
