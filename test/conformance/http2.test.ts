import { once } from "node:events";
import { constants } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { END_STREAM, FRAME } from "../support/http2-frames.ts";
import { settle } from "../support/manual-clock.ts";
import { expectAgreement } from "./agreement.ts";
import { callHttp2, openHttp2, sendPiece } from "./http2-call.ts";
import { openRawHttp2 } from "./raw-http2.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays } from "./two-ways.ts";
import { get, plainWires, toRequest } from "./wires.ts";

let ways: TwoWays;

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(() => ways.close());

describe.each(plainWires.filter(({ play }) => play === callHttp2))("over $name", (wire) => {
  const known = toRequest(wire, get("known"));
  const body = Buffer.concat(known.pieces);

  it.each([0, 1, 2, 3])("a body in a frame for every %d bytes is answered", async (size) => {
    const count = size === 0 ? 1 : Math.ceil(body.length / size);
    const pieces = Array.from({ length: count }, (_, at) =>
      size === 0 ? body : body.subarray(at * size, (at + 1) * size),
    );
    const agreed = await expectAgreement(ways, (way) => wire.play(way, { ...known, pieces }));
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("a body whose end comes late is answered then", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, answer } = openHttp2(way, known);
      await sendPiece(stream, body);
      await settle();
      stream.end();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("a body that ends with trailers is answered", async () => {
    const agreed = await expectAgreement(ways, (way) => {
      const { ":path": path, ...headers } = { ...known.headers, ":method": "POST", ":path": known.path };
      const stream = way.session().request({ ...headers, ":path": path }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-late": "yes" }));
      stream.end(body);
      return once(stream.resume(), "close").then(() => stream.rstCode);
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1, answer: 0 });
  });

  it.each([
    ["longer than it says", -1],
    ["shorter than it says", 1],
  ])("a body %s is answered as by Connect", async (_, missing) => {
    const request = {
      ...known,
      headers: { ...known.headers, "content-length": String(body.length + missing) },
    };
    const agreed = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(agreed).toMatchObject({ fastCalls: 0, answer: { rstCode: constants.NGHTTP2_PROTOCOL_ERROR } });
  });

  it("a body that says its length is answered", async () => {
    const request = { ...known, headers: { ...known.headers, "content-length": String(body.length) } };
    const agreed = await expectAgreement(ways, (way) => wire.play(way, request));
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("a call that ends with its headers is answered as by Connect", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const raw = openRawHttp2(way);
      const before = (await way.told.passed(0)).length;
      raw.open(known, END_STREAM);
      await way.told.passed(before + 1);
      raw.socket.destroy();
    });
    expect(agreed.fastCalls).toBe(wire.isGrpc || wire.isJson ? 0 : 1);
  });

  it("padding is none of the message", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const raw = openRawHttp2(way);
      const before = (await way.told.passed(0)).length;
      raw.open(known);
      const padding = 7;
      raw.send(
        FRAME.data,
        END_STREAM | PADDED,
        Buffer.concat([Buffer.from([padding]), body, Buffer.alloc(padding)]),
      );
      await way.told.passed(before + 1);
      raw.socket.destroy();
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("a client that waits to be told to send its body is told so", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const request = { ...known, headers: { ...known.headers, expect: "100-continue" } };
      const { stream, answer } = openHttp2(way, request);
      void sendPiece(stream, Buffer.alloc(0));
      await once(stream, "continue");
      stream.end(body);
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });
});

/** Of a DATA frame: its first byte says how many at its end are no data. */
const PADDED = 8;
