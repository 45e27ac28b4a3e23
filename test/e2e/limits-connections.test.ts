import { once } from "node:events";
import { constants } from "node:http2";
import type * as net from "node:net";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import { END_HEADERS, END_STREAM, FRAME, frame, GET_LIVEZ, GREETING } from "../support/http2-frames.ts";
import { closed, envelope, SERVICE, startRawClient } from "./raw-client.ts";
import type { RawClient } from "./raw-client.ts";

const HEALTH_CHECK = "/grpc.health.v1.Health/Check";
const HEALTH_WATCH = "/grpc.health.v1.Health/Watch";

let client: RawClient;

afterEach(() => client.close());

/** Asks again and again, as often as the event loop goes round. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}

describe("an HTTP/2 connection", () => {
  it("is closed when it has had no calls for a while", async () => {
    client = await startRawClient({ limits: { keepAliveMs: 50, idleMs: 100 } });
    await client.post("/v1/reports", "application/json", "{}");
    const [code] = (await once(client.session(), "goaway")) as [number];
    expect(code).toBe(constants.NGHTTP2_NO_ERROR);
    await once(client.session(), "close");
    await client.expectAlive();
  });

  it("stays open as long as it has calls", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({
      providers: [provider],
      heartbeatMs: 50,
      limits: { keepAliveMs: 50, idleMs: 100 },
    });
    const { stream, seen } = await client.watchUntil(12);
    expect(seen).toBe(12);
    expect([stream.closed, client.session().closed]).toEqual([false, false]);
    provider.release();
  });

  it("is cut off when its client gives no sign of life, also in the middle of a call", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({ providers: [provider], limits: { keepAliveMs: 50 } });
    const jobId = await client.enqueue();
    const socket = client.connect().resume();
    socket.write(GREETING);
    // The rest of this call's body never comes; nor does an answer to a ping.
    socket.write(frame(FRAME.headers, END_HEADERS, 1, GET_LIVEZ));
    await closed(socket);
    expect((await fetch(`${client.url}/v1/reports/${jobId}`)).status).toBe(200);
    provider.release();
  });

  it("is cut off when its client says goodbye and stays", async () => {
    client = await startRawClient({ limits: { keepAliveMs: 50, lingerMs: 200 } });
    const socket = client.connect({ allowHalfOpen: true }).resume();
    const noError = Buffer.alloc(8);
    socket.write(Buffer.concat([GREETING, frame(FRAME.goaway, 0, 0, noError)]));
    // The server ends its side; ours stays open.
    await once(socket, "end");
    const end = closed(socket);
    const poke = (): void => {
      if (!socket.destroyed) socket.write(".", () => setImmediate(poke));
    };
    poke();
    await end;
    await client.expectAlive();
  });

  it("is cut off when its client resets what it has just asked for, again and again", async () => {
    client = await startRawClient({ limits: { keepAliveMs: 50 } });
    const socket = client.connect().resume();
    const cancel = Buffer.from([0, 0, 0, 8]);
    const asks = Array.from({ length: 20_000 }, (_, index) => {
      const stream = 2 * index + 1;
      return Buffer.concat([
        frame(FRAME.headers, END_STREAM | END_HEADERS, stream, GET_LIVEZ),
        frame(FRAME.reset, 0, stream, cancel),
      ]);
    });
    socket.write(Buffer.concat([GREETING, ...asks]));
    await closed(socket);
    await client.expectAlive();
  });
});

describe("calls", () => {
  it("beyond the limit are told to come again", async () => {
    const provider = createHeldProvider();
    client = await startRawClient({ providers: [provider], heartbeatMs: 50, limits: { calls: 2 } });
    const first = await client.watchUntil(1);
    const second = await client.watchUntil(1);
    const refused = await client.post(`${SERVICE}/Get`, "application/grpc", envelope(Buffer.alloc(0)));
    expect(refused.headers).toMatchObject({ "grpc-status": "14", "retry-after": "1" });
    const get = async (path: string) => (await fetch(`${client.url}${path}`)).status;
    // Who looks whether the process lives must not take it for dead.
    expect([await get("/livez"), await get("/readyz"), await get("/v1/reports/none")]).toEqual([
      200, 200, 503,
    ]);
    first.stream.close();
    await once(first.stream, "close");
    await until(async () => (await get("/v1/reports/none")) === 404);
    second.stream.close();
    provider.release();
  });

  it("without a key are fewer, when keys are asked for", async () => {
    const key = { "x-api-key": "key-1" };
    const apiKeys = { header: "x-api-key", keys: [{ tenant: "a", key: "key-1" }], skipHealth: true };
    client = await startRawClient({ admission: { apiKeys }, limits: { callsWithoutKey: 1 } });
    const check = async (headers = {}) =>
      Number((await client.post(HEALTH_CHECK, "application/proto", "", headers)).headers[":status"]);
    const held = client.call(HEALTH_CHECK, "application/proto");
    held.stream.write("\0");
    await until(async () => (await check()) === 503);
    expect(await check(key)).toBe(200);
    expect((await fetch(`${client.url}/livez`)).status).toBe(200);
    held.stream.close();
    await held.answer;
    await until(async () => (await check()) === 200);
  });

  it.each([
    "application/grpc",
    "application/grpc-web",
    "application/connect+proto",
    "application/connect+json",
  ])("that watch health are fewer, since everybody may make them, as %s, too", async (type) => {
    client = await startRawClient({ limits: { healthWatches: 1 } });
    const watch = (as: string) => {
      const call = client.call(HEALTH_WATCH, as);
      call.stream.end(envelope(Buffer.from(as.endsWith("json") ? "{}" : "")));
      return call;
    };
    const first = watch("application/grpc");
    await once(first.stream, "data");
    const { headers, body } = await watch(type).answer;
    expect(String(headers["grpc-message"]) + body).toMatch(/too(%20| )many(%20| )streams/);
    first.stream.close();
    await first.answer;
    await once(watch(type).stream, "data");
  });
});

describe("calls one after another over HTTP/1.1", () => {
  const watch = `POST ${HEALTH_WATCH} HTTP/1.1\r\nHost: a\r\nContent-Type: application/connect+json\r\n`;
  const stream = `${watch}Content-Length: 7\r\n\r\n${envelope(Buffer.from("{}")).toString("latin1")}`;
  const ask = "GET /v1/reports/none HTTP/1.1\r\nHost: a\r\n\r\n";

  it("may be as many as no well-behaved client sends, and not one more", async () => {
    client = await startRawClient({ limits: { calls: 20 } });
    const [few, many] = [client.connect(), client.connect()];
    few.write(stream + ask.repeat(15), "latin1");
    await once(few, "data");
    many.write(stream + ask.repeat(16), "latin1");
    await closed(many.resume());
    expect(few.closed).toBe(false);
    few.destroy();
    // What had waited in both has gone with them.
    await until(async () => (await fetch(`${client.url}/v1/reports/none`)).status === 404);
  });

  it("don't wait for ever behind a stream that says nothing", async () => {
    client = await startRawClient({ limits: { stallMs: 100 } });
    const [alone, behind] = [client.connect().resume(), client.connect().resume()];
    alone.write(stream, "latin1");
    behind.write(stream + ask, "latin1");
    await closed(behind);
    expect(alone.closed).toBe(false);
  });
});

describe("connections", () => {
  it("beyond the limit are dropped until one goes", async () => {
    client = await startRawClient({ limits: { connections: 2 } });
    const open = async (): Promise<net.Socket> => {
      const socket = client.connect().resume();
      socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n");
      await Promise.race([once(socket, "data"), closed(socket)]);
      return socket;
    };
    const [first, second] = [await open(), await open()];
    const third = await open();
    expect([first.closed, second.closed, third.closed]).toEqual([false, false, true]);
    first.end();
    await closed(first);
    expect((await open()).closed).toBe(false);
  });

  it("that say nothing are dropped", async () => {
    client = await startRawClient({ limits: { handshakeMs: 100 } });
    await closed(client.connect());
    await client.expectAlive();
  });
});
