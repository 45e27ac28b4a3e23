import { connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { WatchJobResponseSchema } from "../../gen/stepper/v1/report_service_pb.ts";
import { expectAgreement } from "./agreement.ts";
import { openStream, untilStuck } from "./open-stream.ts";
import { FLOOD } from "./scripted-watches.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { get, plainWires, toRequest, watch } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(() => ways.close());

const [wire] = plainWires as readonly [Wire];

/** The places of the messages in a body, by which they are in order or not. */
function toPlaces(body: string): readonly number[] {
  const bytes = Buffer.from(body, "latin1");
  const places: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    places.push(Number(fromBinary(WatchJobResponseSchema, bytes.subarray(at + 5, end)).seq));
    at = end;
  }
  return places;
}

const inOrder = Array.from({ length: FLOOD }, (_, index) => index + 1);

/** Runs with a connection whose streams take nothing until they are told to. */
async function withoutWindow<T>({ url }: Way, play: (session: ClientHttp2Session) => Promise<T>): Promise<T> {
  const session = connect(url, { settings: { initialWindowSize: 0 } });
  session.on("error", () => undefined);
  try {
    return await play(session);
  } finally {
    session.destroy();
  }
}

describe("a client that takes nothing", () => {
  it("and pauses has its handler wait, and gets all in order when it goes on", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { stream, answer, received } = openStream(way, watch("flood"));
      await received(3);
      stream.pause();
      const asked = await untilStuck(way);
      stream.resume();
      return { answer: await answer, isHeldUp: asked < FLOOD / 4 };
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1, answer: { isHeldUp: true } });
    expect(toPlaces(agreed.answer.answer.body)).toEqual(inOrder);
  });

  it("for want of a window has its handler wait, and gets all in order when it opens one", async () => {
    const agreed = await expectAgreement(ways, (way) =>
      withoutWindow(way, async (session) => {
        const { answer } = openStream({ ...way, session: () => session }, watch("flood"));
        await way.reports.watches.taken.passed(1);
        const asked = await untilStuck(way);
        session.settings({ initialWindowSize: 1_000 });
        return { answer: await answer, isHeldUp: asked < FLOOD / 4 };
      }),
    );
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1, answer: { isHeldUp: true } });
    expect(toPlaces(agreed.answer.answer.body)).toEqual(inOrder);
  });

  it("holds up nobody else over its connection", async () => {
    const agreed = await expectAgreement(
      ways,
      async (way) => {
        const { stream, answer, received } = openStream(way, watch("flood"));
        await received(3);
        stream.pause();
        await untilStuck(way);
        const other = await wire.play(way, toRequest(wire, get("known")));
        stream.resume();
        return [other, await answer];
      },
      2,
    );
    expect(agreed).toMatchObject({ codes: ["ok", "ok"], fastCalls: 2 });
  });

  it("for too long is cut off, and leaves no watcher", async () => {
    await ways.close();
    ways = await startTwoWays({ limits: { stallMs: 50 } });
    const agreed = await expectAgreement(ways, (way) =>
      withoutWindow(way, async (session) => {
        const { answer } = openStream({ ...way, session: () => session }, watch("endless"));
        return answer;
      }),
    );
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
    expect([ways.fast.watchers(), ways.connect.watchers()]).toEqual([0, 0]);
  });

  it("while its deadline passes is told so when it goes on", async () => {
    const agreed = await expectAgreement(ways, (way) =>
      withoutWindow(way, async (session) => {
        const stuck = { ...way, session: () => session };
        const { answer } = openStream(stuck, watch("open"), { "grpc-timeout": "40m" });
        await way.reports.watches.clock.slept();
        await new Promise((resolve) => setTimeout(resolve, 80));
        session.settings({ initialWindowSize: 65_535 });
        return answer;
      }),
    );
    expect(agreed).toMatchObject({ codes: ["deadline_exceeded"], fastCalls: 1 });
  });
});

describe("five hundred streams at once", () => {
  const COUNT = 500;

  it("end each with the same, and leave no watcher", async () => {
    const agreed = await expectAgreement(
      ways,
      async (way) => {
        const streams = Array.from({ length: COUNT }, () => openStream(way, watch("open")));
        await Promise.all(streams.map(({ received }) => received(4)));
        expect(way.watchers()).toBe(COUNT);
        way.reports.watches.end();
        const answers = await Promise.all(streams.map(({ answer }) => answer));
        expect(way.watchers()).toBe(0);
        return { first: answers[0], kinds: new Set(answers.map((answer) => JSON.stringify(answer))).size };
      },
      COUNT,
    );
    expect(agreed).toMatchObject({ fastCalls: COUNT, answer: { kinds: 1 } });
  });

  it("are left at once without a watcher", async () => {
    const agreed = await expectAgreement(
      ways,
      async (way) => {
        const streams = Array.from({ length: COUNT }, () => openStream(way, watch("open")));
        await Promise.all(streams.map(({ received }) => received(4)));
        way.session().destroy();
        await way.told.passed(COUNT);
        return way.watchers();
      },
      COUNT,
    );
    expect(agreed).toMatchObject({ fastCalls: COUNT, answer: 0 });
    expect(new Set(agreed.codes)).toEqual(new Set(["canceled"]));
  });
});
