import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { constants } from "node:http2";
import { expectAgreement } from "./agreement.ts";
import { callHttp2, openHttp2, sendPiece } from "./http2-call.ts";
import type { Http2Call } from "./http2-call.ts";
import { envelope } from "./raw-request.ts";
import type { RawRequest } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { plainWires, toRequest, watch, watchHealth } from "./wires.ts";
import type { Message, Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(() => ways.close());

const [grpc] = plainWires as readonly [Wire, ...Wire[]];

const request = (message: Message, headers: RawRequest["headers"] = {}): RawRequest =>
  toRequest(grpc, message, headers);

/** Begins a call, and resolves when the first of its answer has come. */
async function open(way: Way, message: Message, headers: RawRequest["headers"] = {}): Promise<Http2Call> {
  const { pieces, ...head } = request(message, headers);
  const call = openHttp2(way, head);
  const [piece = Buffer.alloc(0)] = pieces;
  await sendPiece(call.stream, piece);
  call.stream.end();
  await new Promise((resolve) => call.stream.once("data", resolve));
  return call;
}

describe("a stream over gRPC is answered the fast way as by Connect", () => {
  it.each([
    ["a job's log", "ok", watch("ended")],
    ["a job's log from its middle on", "ok", watch("ended", 2n)],
    ["two thousand messages", "ok", watch("long")],
    ["an unknown job", "not_found", watch("none")],
    ["an engine that is away", "unavailable", watch("unavailable")],
    ["an error that nobody expects", "internal", watch("unexpected")],
    ["an error of its own code, metadata and details", "data_loss", watch("detailed")],
    ["an error in every script, after two messages", "not_found", watch("late-unicode")],
    ["an error that nobody expects, after two messages", "internal", watch("late-unexpected")],
    ["an error with details, after two messages", "data_loss", watch("late-detailed")],
  ])("%s: %s", async (_, code, message) => {
    const agreed = await expectAgreement(ways, (way) => callHttp2(way, request(message)));
    expect(agreed).toMatchObject({ codes: [code], fastCalls: 1 });
  });

  it.each(["gzip", "br", "identity", "unknown, gzip"])("with answers in %s", async (accepted) => {
    const headers = { "grpc-accept-encoding": accepted };
    const agreed = await expectAgreement(ways, (way) => callHttp2(way, request(watch("ended"), headers)));
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it.each(["0m", "300m"])("with a deadline of %s that passes while it is open", async (timeout) => {
    const headers = { "grpc-timeout": timeout };
    const agreed = await expectAgreement(ways, (way) => callHttp2(way, request(watch("held"), headers)));
    expect(agreed).toMatchObject({ codes: ["deadline_exceeded"], fastCalls: 1 });
    expect(agreed.answer.trailers).toMatchObject({ "grpc-status": "4" });
  });

  it("when the client goes away, and then the handler ends", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, answer } = await open(way, watch("held"));
      stream.close(constants.NGHTTP2_CANCEL);
      await way.reports.unwatched.passed(1);
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });

  it("when the client goes away while messages flow, and then the handler ends", async () => {
    const play = async (way: Way): Promise<readonly string[]> => {
      const { stream } = await open(way, watch("long"));
      stream.close(constants.NGHTTP2_CANCEL);
      return way.reports.unwatched.passed(1);
    };
    expect(await play(ways.fast)).toEqual(await play(ways.connect));
  });

  it("to a client that takes nothing for a while", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, answer } = await open(way, watch("long"));
      stream.pause();
      // Everything that may be on its way has come, and the handler waits.
      await new Promise((resolve) => setImmediate(resolve));
      stream.resume();
      return (await answer).body.length;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("of the server's health, which ends with the server", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer } = await open(way, watchHealth(""));
      await way.close();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["unavailable"], fastCalls: 1 });
  });

  it("fifty at once", async () => {
    const play = (way: Way) =>
      Promise.all(Array.from({ length: 50 }, () => callHttp2(way, request(watch("ended")))));
    const agreed = await expectAgreement(ways, play, 50);
    expect(agreed.fastCalls).toBe(50);
  });
});

describe("a stream over gRPC is left to Connect", () => {
  const good = watch("ended").binary;

  it.each([
    ["without a message", []],
    ["with two messages", [envelope(good), envelope(good)]],
    ["with a message that is none", [envelope(Buffer.from([255, 255]))]],
    ["with a message that says it is compressed", [envelope(good, 1)]],
    ["with a message that is cut off", [envelope(good, 0, good.length + 1)]],
  ])("%s", async (_, pieces) => {
    const agreed = await expectAgreement(ways, (way) =>
      callHttp2(way, { ...request(watch("ended")), pieces }),
    );
    expect(agreed.fastCalls).toBe(0);
  });
});
