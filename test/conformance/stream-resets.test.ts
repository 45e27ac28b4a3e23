import { constants } from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { END_STREAM, FRAME } from "../support/http2-frames.ts";
import { expectAgreement } from "./agreement.ts";
import { openStream, untilStuck } from "./open-stream.ts";
import { openRawHttp2 } from "./raw-http2.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { plainWires, toRequest, watch, watchHealth } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(async () => {
  expect([ways.fast.watchers(), ways.connect.watchers()]).toEqual([0, 0]);
  await ways.close();
});

const [wire] = plainWires as readonly [Wire];
const resets = ["NO_ERROR", "CANCEL", "INTERNAL_ERROR", "REFUSED_STREAM"] as const;

describe.each(resets)("a client that resets its stream by %s", (name) => {
  const code = constants[`NGHTTP2_${name}`];

  it.each<readonly [string, bigint, number]>([
    ["after its first messages", 0n, 4],
    ["before its first message", 4n, 0],
  ])("while it waits, %s, leaves no watcher", async (_, afterSeq, messages) => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, answer, received } = openStream(way, watch("open", afterSeq));
      await received(messages);
      await way.reports.watches.clock.slept();
      stream.close(code);
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });

  it("while it watches health leaves the same behind", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, answer, received } = openStream(way, watchHealth(""));
      await received(1);
      stream.close(code);
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });

  it("while messages flow leaves no watcher", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, received } = openStream(way, watch("endless"));
      await received(200);
      stream.close(code);
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });

  it("while it takes nothing leaves no watcher", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, received } = openStream(way, watch("endless"));
      await received(10);
      stream.pause();
      await untilStuck(way);
      stream.close(code);
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });

  it("together with all of its body leaves the same behind", async () => {
    const request = toRequest(wire, watch("open"));
    await expectAgreement(ways, (way) =>
      brokenOff(way, ({ socket, send, reset }) => {
        socket.cork();
        send(FRAME.data, END_STREAM, Buffer.concat(request.pieces));
        reset(code);
        socket.uncork();
      }),
    );
  });

  // What Connect's interceptors log of it, the server does here: as of a unary call, with the request's own name.
  it("before its body's end has no job watched, and counts the same", async () => {
    const [piece = Buffer.alloc(0)] = toRequest(wire, watch("open")).pieces;
    const play = async (way: Way) => {
      await brokenOff(way, ({ send, reset }) => {
        send(FRAME.data, 0, Buffer.from(piece));
        reset(code);
      });
      const [told] = await way.told.passed(1);
      return { code: told?.line.code, count: told?.count };
    };
    const count = { method: "stepper.v1.ReportService/WatchJob", code: "canceled" };
    expect(await play(ways.connect)).toEqual({ code: "canceled", count });
    expect(await play(ways.fast)).toEqual({ code: "canceled", count });
  });
});

describe("a client that ends its connection", () => {
  it("while it waits leaves no watcher", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer, received } = openStream(way, watch("open"));
      await received(4);
      way.session().destroy();
      await answer;
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });

  it("while messages flow leaves no watcher", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { received } = openStream(way, watch("endless"));
      await received(200);
      way.session().destroy();
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });
});

/** Begins a stream, and leaves it when it has been let in. */
async function brokenOff(way: Way, leave: (raw: ReturnType<typeof openRawHttp2>) => void): Promise<void> {
  const raw = openRawHttp2(way);
  const before = (await way.admitted.passed(0)).length;
  const toldBefore = (await way.told.passed(0)).length;
  raw.open(toRequest(wire, watch("open")));
  await way.admitted.passed(before + 1);
  leave(raw);
  await way.told.passed(toldBefore + 1);
  raw.socket.destroy();
}
