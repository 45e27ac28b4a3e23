import { constants } from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { END_STREAM, FRAME } from "../support/http2-frames.ts";
import { settle } from "../support/manual-clock.ts";
import { expectAgreement } from "./agreement.ts";
import { callHttp2, openHttp2 } from "./http2-call.ts";
import { openRawHttp2 } from "./raw-http2.ts";
import type { RawHttp2 } from "./raw-http2.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(() => ways.close());

const wires = plainWires.filter(({ play }) => play === callHttp2);
const parts = [
  ["before its body", 0],
  ["in the middle of a head", 2],
  ["in the middle of its message", 20],
  ["after its message, but before the end", Infinity],
] as const;
const resets = ["NO_ERROR", "CANCEL", "INTERNAL_ERROR", "REFUSED_STREAM"] as const;

/** Sends so much of a message, without the body's end, and leaves as soon as the call has been let in. */
async function breakOff(
  way: Way,
  wire: Wire,
  bytes: number,
  leave: (raw: RawHttp2) => void,
): Promise<string> {
  const request = toRequest(wire, enqueue("held"));
  const raw = openRawHttp2(way);
  const before = (await way.admitted.passed(0)).length;
  const toldBefore = (await way.told.passed(0)).length;
  raw.open(request);
  if (bytes > 0) raw.send(FRAME.data, 0, Buffer.from(request.pieces[0]?.subarray(0, bytes) ?? []));
  await way.admitted.passed(before + 1);
  leave(raw);
  await way.told.passed(toldBefore + 1);
  raw.socket.destroy();
  return `${(await way.reports.called.passed(0)).length} calls reached a handler`;
}

describe.each(wires)("a client that resets its stream over $name", (wire) => {
  describe.each(resets)("by %s", (name) => {
    it.each(parts)("%s has no handler called", async (_, bytes) => {
      const leave = (raw: RawHttp2): void => raw.reset(constants[`NGHTTP2_${name}`]);
      const agreed = await expectAgreement(ways, (way) => breakOff(way, wire, bytes, leave));
      expect(agreed).toMatchObject({
        answer: "0 calls reached a handler",
        codes: ["canceled"],
        fastCalls: 0,
      });
    });
  });

  it.each(resets)("by %s, together with all of its body, leaves the same behind", async (name) => {
    const request = toRequest(wire, get("known"));
    await expectAgreement(ways, async (way) => {
      const raw = openRawHttp2(way);
      const before = (await way.admitted.passed(0)).length;
      const toldBefore = (await way.told.passed(0)).length;
      raw.open(request);
      await way.admitted.passed(before + 1);
      raw.socket.cork();
      raw.send(FRAME.data, END_STREAM, Buffer.concat(request.pieces));
      raw.reset(constants[`NGHTTP2_${name}`]);
      raw.socket.uncork();
      await way.told.passed(toldBefore + 1);
      raw.socket.destroy();
      return [...(await way.reports.called.passed(0))];
    });
  });

  it.each(parts)("by ending its connection %s has no handler called", async (_, bytes) => {
    const leave = ({ socket }: RawHttp2): void => void socket.destroy();
    const agreed = await expectAgreement(ways, (way) => breakOff(way, wire, bytes, leave));
    expect(agreed).toMatchObject({ answer: "0 calls reached a handler", codes: ["canceled"], fastCalls: 0 });
  });

  it.each(resets)("while it is handled, by %s", async (name) => {
    const agreed = await expectAgreement(ways, async (way) => {
      const request = toRequest(wire, get("held"));
      const { stream, answer } = openHttp2(way, request);
      const before = (await way.reports.called.passed(0)).length;
      stream.end(request.pieces[0]);
      await way.reports.called.passed(before + 1);
      stream.close(constants[`NGHTTP2_${name}`]);
      const seen = await answer;
      await ping(way);
      way.reports.release();
      return seen;
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });
});

/** The server has then seen all that came before. */
async function ping(way: Way): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    way.session().ping((error) => (error === null ? resolve() : reject(error))),
  );
  await settle();
}
