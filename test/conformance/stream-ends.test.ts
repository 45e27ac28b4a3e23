import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { settle } from "../support/manual-clock.ts";
import { expectAgreement } from "./agreement.ts";
import { openHttp2, sendPiece } from "./http2-call.ts";
import { HEARTBEAT_MS } from "./scripted-watches.ts";
import { openStream as open } from "./open-stream.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { plainWires, toRequest, watch, watchHealth } from "./wires.ts";
import type { Message, Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(async () => {
  expect([ways.fast.watchers(), ways.connect.watchers()]).toEqual([0, 0]);
  await ways.close();
});

/** What the job `open` has to tell before its end. */
const SO_FAR = 4;

const [wire] = plainWires as readonly [Wire];

describe("a stream that is open", () => {
  it("ends with its job", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer, received } = open(way, watch("open"));
      await received(SO_FAR);
      expect(way.watchers()).toBe(1);
      way.reports.watches.end();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("has a heartbeat for every silence", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer, received } = open(way, watch("open", 4n));
      await way.reports.watches.clock.slept();
      for (let beat = 1; beat <= 3; beat += 1) {
        await way.reports.watches.clock.advance(HEARTBEAT_MS);
        await received(beat);
      }
      way.reports.watches.end();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it.each<readonly [string, Message, number, string]>([
    ["a job after its first messages", watch("open"), SO_FAR, "deadline_exceeded"],
    ["a job before its first message", watch("open", 4n), 0, "deadline_exceeded"],
    ["health", watchHealth(""), 1, "deadline_exceeded"],
  ])("and watches %s ends with its deadline", async (_, message, bytes, code) => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer, received } = open(way, message, { "grpc-timeout": "60m" });
      await received(bytes);
      return answer;
    });
    expect(agreed).toMatchObject({ codes: [code], fastCalls: 1, answer: { status: "200", rstCode: 0 } });
  });

  // Connect still calls the handler, whose job is then in the log; here the job is left out, so that the lines agree.
  it("whose deadline has passed before its body has come fails at once", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const request = toRequest(wire, watch(""), { "grpc-timeout": "10m" });
      const { stream, answer } = openHttp2(way, request);
      const before = (await way.admitted.passed(0)).length;
      void sendPiece(stream, Buffer.alloc(0));
      await way.admitted.passed(before + 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      stream.end(request.pieces[0]);
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["deadline_exceeded"], fastCalls: 1, answer: { body: "" } });
  });

  it("whose body ends late begins then", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const request = toRequest(wire, watch("ended"));
      const { stream, answer } = openHttp2(way, request);
      await sendPiece(stream, request.pieces[0] ?? Buffer.alloc(0));
      await settle();
      expect(way.watchers()).toBe(0);
      stream.end();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  // With Connect the interceptors run before the message has come, and so log what they see: a call that was broken off.
  it("whose body does not end in time is refused with the same answer", async () => {
    await ways.close();
    ways = await startTwoWays({ limits: { bodyMs: 40 } });
    const play = async (way: Way) => {
      const request = toRequest(wire, watch("open"));
      const { stream, answer } = openHttp2(way, request);
      await sendPiece(stream, request.pieces[0] ?? Buffer.alloc(0));
      return answer;
    };
    const answer = await play(ways.connect);
    expect(await play(ways.fast)).toEqual(answer);
    expect(await codesOf(ways)).toEqual({ fast: "deadline_exceeded", connect: "canceled" });
  });

  it("may be open for longer than a body may take", async () => {
    await ways.close();
    ways = await startTwoWays({ limits: { bodyMs: 30 } });
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer, received } = open(way, watch("open"));
      await received(SO_FAR);
      await new Promise((resolve) => setTimeout(resolve, 60));
      way.reports.watches.end();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });
});

describe("a server that is shut down", () => {
  it.each<readonly [string, Message, number]>([
    ["a job", watch("open"), SO_FAR],
    ["a job of which nothing is left to tell", watch("open", 4n), 0],
    ["the server's health", watchHealth(""), 2],
    ["a service's health", watchHealth("stepper.v1.ReportService"), 2],
    ["an unknown service's health", watchHealth("nobody"), 1],
  ])("ends streams that watch %s with UNAVAILABLE", async (_, message, bytes) => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { answer, received } = open(way, message);
      const called = bytes === 0 ? way.reports.watches.clock.slept() : received(1);
      await called;
      way.drain();
      await received(bytes);
      await way.shutDown();
      return answer;
    });
    expect(agreed).toMatchObject({ codes: ["unavailable"], fastCalls: 1 });
    expect(agreed.answer.trailers).toMatchObject({ "grpc-status": "14" });
  });
});

describe("streams that watch health", () => {
  it("are refused when there are too many, until one goes", async () => {
    await ways.close();
    ways = await startTwoWays({ limits: { healthWatches: 1 } });
    const agreed = await expectAgreement(
      ways,
      async (way) => {
        const told = (await way.told.passed(0)).length;
        const first = open(way, watchHealth(""));
        await first.received(1);
        const refused = await open(way, watchHealth("")).answer;
        first.stream.close();
        await way.told.passed(told + 2);
        const next = open(way, watchHealth(""));
        await next.received(1);
        next.stream.close();
        return [refused, await first.answer, await next.answer];
      },
      3,
    );
    expect(agreed).toMatchObject({ codes: ["resource_exhausted", "canceled", "canceled"], fastCalls: 3 });
  });
});

/** Of the first call each. */
async function codesOf({ fast, connect }: TwoWays) {
  const [[byFast], [byConnect]] = [await fast.told.passed(1), await connect.told.passed(1)];
  return { fast: byFast?.line.code, connect: byConnect?.line.code };
}
