import { once } from "node:events";
import * as http2 from "node:http2";
import type * as net from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  encodeHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  FRAME,
  GREETING,
  toResetCode,
} from "../support/http2-frames.ts";
import { sampleInput } from "../support/samples.ts";
import { closed, envelope, SERVICE, startRawClient } from "./raw-client.ts";
import type { RawClient } from "./raw-client.ts";

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;
const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
const HEALTH_WATCH = "/grpc.health.v1.Health/Watch";

let client: RawClient;

afterEach(() => client.close());

/** As many as all calls that a process takes at a time here. */
const ROUNDS = 4;

interface UnusualRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expects?: string | undefined;
}

function toHeaders({ method, headers, expects }: UnusualRequest): Readonly<Record<string, string>> {
  const scheme = method === "CONNECT" ? {} : { ":scheme": "http" };
  return { ":method": method, ...scheme, ":authority": "a", ...headers, ...(expects && { expect: expects }) };
}

/** Sends frames, and waits until the server has seen them all, as a ping's answer tells. */
function createSender(socket: net.Socket) {
  let pings = 0;
  let told = "";
  socket.on("data", (data) => (told += data.toString("latin1")));
  return async (frames: Buffer): Promise<void> => {
    const word = `ping${String((pings += 1)).padStart(4, "0")}`;
    socket.write(Buffer.concat([frames, frame(FRAME.ping, 0, 0, Buffer.from(word))]));
    while (!told.includes(word)) await once(socket, "data");
  };
}

describe("a request that is reset in the packet that brings it", () => {
  const requests: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ["GET", { ":path": "/livez" }],
    ["HEAD", { ":path": "/livez" }],
    ["HEAD", { ":path": "/v1/reports/none" }],
    ["GET", { ":path": "/metrics" }],
    ["GET", { ":path": "/v1/reports/none" }],
    ["GET", { ":path": "/nowhere" }],
    ["OPTIONS", { ":path": "/v1/reports", origin: "http://a", "access-control-request-method": "POST" }],
    ["CONNECT", {}],
    ...["application/json", "application/grpc", "application/grpc-web", "application/connect+json"].flatMap(
      (type) =>
        [`${SERVICE}/Enqueue`, `${SERVICE}/WatchJob`, HEALTH_CHECK, HEALTH_WATCH, `${SERVICE}/None`].map(
          (path) => ["POST", { ":path": path, "content-type": type, te: "trailers" }] as const,
        ),
    ),
  ];
  const cases = requests.flatMap(([method, headers]) =>
    [undefined, "100-continue", "much"].map((expects) => ({ method, headers, expects })),
  );

  it.each(cases)("leaves nothing behind: $method $headers, and expects $expects", async (request) => {
    client = await startRawClient({ limits: { calls: ROUNDS, refusals: 0 } });
    const socket = client.connect();
    const send = createSender(socket);
    await send(GREETING);
    const block = encodeHeaders(toHeaders(request));
    let stream = -1;
    const resets = [NGHTTP2_NO_ERROR, NGHTTP2_CANCEL].flatMap((code) =>
      [0, END_STREAM].map((flag) => ({ code, flag })),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      const frames = resets.flatMap(({ code, flag }) => {
        stream += 2;
        return [
          frame(FRAME.headers, flag | END_HEADERS, stream, block),
          frame(FRAME.reset, 0, stream, toResetCode(code)),
        ];
      });
      await send(Buffer.concat(frames));
    }
    // If one of a round stayed, there would be no room for this.
    expect((await fetch(`${client.url}/v1/reports/none`)).status).toBe(404);
  });
});

describe("a client that says goodbye in the midst of its calls", () => {
  it.each([0, 1, 2, 11])(
    "ends its connection and what it has begun, and nobody else's (code %d)",
    async (code) => {
      client = await startRawClient({ limits: { calls: ROUNDS, refusals: 0, lingerMs: 200 } });
      const headers = { "content-type": "application/grpc", te: "trailers" };
      const post = {
        ":method": "POST",
        ":scheme": "http",
        ":authority": "a",
        ":path": `${SERVICE}/Enqueue`,
        ...headers,
      };
      const begin = (stream: number) => [
        frame(FRAME.headers, END_HEADERS, stream, encodeHeaders(post)),
        frame(FRAME.data, 0, stream, Buffer.alloc(100)),
      ];
      const goodbye = frame(FRAME.goaway, 0, 0, Buffer.concat([Buffer.alloc(4), toResetCode(code)]));
      for (let round = 0; round < 20; round += 1) {
        const socket = client.connect({ allowHalfOpen: true }).resume();
        const end = closed(socket);
        socket.write(Buffer.concat([GREETING, ...begin(1), goodbye, ...begin(3), ...begin(5)]));
        // After a friendly word, what is under way may still come to its end.
        const resets = [1, 3, 5].map((stream) => frame(FRAME.reset, 0, stream, toResetCode(NGHTTP2_CANCEL)));
        if (code === 0) socket.write(Buffer.concat(resets));
        await once(socket, "end");
        socket.destroy();
        await end;
      }
      expect((await fetch(`${client.url}/v1/reports/none`)).status).toBe(404);
    },
  );
});

describe("clients that take none of their answers", () => {
  const KEY = { "x-api-key": "key-1" };
  const apiKeys = { header: "x-api-key", keys: [{ tenant: "a", key: "key-1" }], skipHealth: true };

  it("keep out neither those with a key nor who asks whether the process lives", async () => {
    client = await startRawClient({ admission: { apiKeys }, limits: { callsWithoutKey: 2, refusals: 2 } });
    const session = client.session({ settings: { initialWindowSize: 0 } });
    const ask = (): Promise<unknown> =>
      new Promise((resolve) => {
        const stream = session.request({ ":path": "/v1/reports/none" }).on("error", () => undefined);
        stream.once("response", (headers) => resolve(headers[":status"]));
        stream.once("close", () => resolve(stream.rstCode));
      });
    const answers = [];
    for (let call = 0; call < 6; call += 1) answers.push(await ask());
    expect(answers).toEqual([401, 401, 503, 503, NGHTTP2_REFUSED_STREAM, NGHTTP2_REFUSED_STREAM]);
    const get = async (path: string, headers = {}) =>
      (await fetch(`${client.url}${path}`, { headers })).status;
    expect(await get("/livez")).toBe(200);
    expect(await get("/readyz")).toBe(200);
    expect(await get("/v1/reports/none", KEY)).toBe(404);
    await expect(get("/v1/reports/none")).rejects.toThrow("fetch failed");
    session.destroy();
  });
});

describe("a stream's message", () => {
  it.each(["application/grpc", "application/grpc-web", "application/connect+proto"])(
    "takes no memory from others once it has been read, as %s",
    async (type) => {
      client = await startRawClient({ limits: { bytesInFlight: 100_000 } });
      const { stream } = client.call(HEALTH_WATCH, type);
      // A name that nobody knows, a byte at a time.
      const name = Buffer.from("x".repeat(200));
      const message = envelope(Buffer.concat([Buffer.from([0x0a, 0xc8, 0x01]), name]));
      for (const byte of message) {
        await new Promise((resolve) => stream.write(Buffer.of(byte), resolve));
      }
      stream.end();
      await once(stream, "data");
      const large = JSON.stringify(sampleInput({ diffSummary: "x".repeat(80_000) }));
      const answer = await client.post("/v1/reports", "application/json", large);
      expect(answer.headers[":status"]).toBe(202);
      stream.close();
    },
  );
});
