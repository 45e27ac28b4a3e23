import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Limits } from "../../src/rpc/limits/limits.ts";
import { expectAgreement } from "./agreement.ts";
import { callHttp1, openHttp1, toHead } from "./http1-call.ts";
import { openHttp2, sendPiece } from "./http2-call.ts";
import { envelope } from "./raw-request.ts";
import type { RawAnswer, RawRequest } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { SERVICE, enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(() => ways.close());

async function restartWith(limits: Partial<Limits>): Promise<void> {
  await ways.close();
  ways = await startTwoWays({ limits });
}

/** Sends a request whose body waits for `ready`, which begins when the server has let the call in. */
async function sendLate(wire: Wire, way: Way, request: RawRequest, ready: () => Promise<void>) {
  const isHttp1 = wire.play === callHttp1;
  const before = (await way.admitted.passed(0)).length;
  const { answer, send } = isHttp1 ? beginHttp1(way, request) : beginHttp2(way, request);
  await way.admitted.passed(before + 1);
  await ready();
  await send();
  return answer;
}

interface Begun {
  readonly answer: Promise<RawAnswer | undefined>;
  readonly send: () => Promise<void>;
}

function beginHttp1(way: Way, request: RawRequest): Begun {
  const { socket, answers } = openHttp1(way);
  socket.write(toHead(request));
  const send = async (): Promise<void> => {
    for (const piece of request.pieces) await new Promise((resolve) => socket.write(piece, resolve));
  };
  return { answer: answers.then(([answer]) => answer), send };
}

function beginHttp2(way: Way, request: RawRequest): Begun {
  const { stream, answer } = openHttp2(way, request);
  // Node sends the headers with the first data.
  void sendPiece(stream, Buffer.alloc(0));
  const send = async (): Promise<void> => {
    for (const piece of request.pieces) await sendPiece(stream, piece);
    stream.end();
  };
  return { answer, send };
}

const pass = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));
const deadline = ({ isGrpc }: Wire, ms: number) =>
  isGrpc ? { "grpc-timeout": `${ms}m` } : { "connect-timeout-ms": String(ms) };

describe.each(plainWires)("a body over $name", (wire) => {
  const seal = (bytes: Buffer): Buffer => (wire.isGrpc ? envelope(bytes) : bytes);

  it.each<readonly [string, ReturnType<typeof get>, number]>([
    ["of a small message", get("known"), 1],
    ["that is handed over", enqueue("new", { diffSummary: "d".repeat(70_000) }), 0],
  ])("%s that comes after the deadline is too late", async (_, message, fast) => {
    const request = toRequest(wire, message, deadline(wire, 15));
    const agreed = await expectAgreement(ways, (way) => sendLate(wire, way, request, pass(40)));
    expect(agreed).toMatchObject({ codes: ["deadline_exceeded"], fastCalls: fast });
  });

  it("that is wrong and comes after the deadline is answered as by Connect", async () => {
    const request = {
      ...toRequest(wire, get("known"), deadline(wire, 15)),
      pieces: [seal(Buffer.from([0xff]))],
    };
    const head = { "content-length": String(request.pieces[0]?.length) };
    const late = { ...request, headers: { ...request.headers, ...head } };
    const agreed = await expectAgreement(ways, (way) => sendLate(wire, way, late, pass(40)));
    expect(agreed.fastCalls).toBe(0);
  });

  it("that comes late, but within the deadline, is answered", async () => {
    const request = toRequest(wire, get("known"), deadline(wire, 60_000));
    const agreed = await expectAgreement(ways, (way) => sendLate(wire, way, request, pass(15)));
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("that does not come in time is refused, and has no handler called", async () => {
    await restartWith({ bodyMs: 40 });
    const agreed = await expectAgreement(ways, async (way) => {
      const request = toRequest(wire, enqueue("held"));
      const [body = Buffer.alloc(0)] = request.pieces;
      const { "content-length": length } = { "content-length": String(body.length) };
      const framed = { ...request, headers: { ...request.headers, "content-length": length } };
      const never = { ...framed, pieces: [body.subarray(0, 40)] };
      const begun = wire.play === callHttp1 ? beginHttp1(way, never) : beginHttp2(way, never);
      if (wire.play === callHttp1) await begun.send();
      const answer = await begun.answer;
      return { answer, handled: (await way.reports.called.passed(0)).length };
    });
    expect(agreed).toMatchObject({ codes: ["deadline_exceeded"], fastCalls: 0, answer: { handled: 0 } });
  });
});

/** The answer to a body that does not end; the server would wait for that end for a moment. */
async function answerHttp2(way: Way, { pieces, ...request }: RawRequest) {
  const { stream, answer } = openHttp2(way, request);
  await sendPiece(stream, Buffer.concat(pieces));
  await once(stream, "end");
  stream.close();
  return answer;
}

async function answerHttp1(way: Way, request: RawRequest) {
  const { socket, answers } = openHttp1(way);
  socket.write(toHead(request));
  await once(socket, "data");
  socket.destroy();
  const [answer] = await answers;
  return answer;
}

describe("a gRPC client that never ends its body", () => {
  const [wire] = plainWires as readonly [Wire];
  it.each<readonly [string, Buffer]>([
    ["of a message over the limit", envelope(Buffer.alloc(0), 0, 10 * 1024 * 1024 + 1)],
    ["of a message that is compressed by nothing", envelope(Buffer.from([1]), 1)],
  ])("%s is answered at once", async (_, piece) => {
    const request = { ...toRequest(wire, get("known")), pieces: [piece] };
    const agreed = await expectAgreement(ways, (way) => answerHttp2(way, request));
    expect(agreed.fastCalls).toBe(0);
  });
});

describe.each(plainWires.filter(({ isGrpc }) => !isGrpc))("a length over the limit, over $name", (wire) => {
  it("is refused before its body has come", async () => {
    const request = {
      ...toRequest(wire, get("known"), { "content-length": String(11 * 1024 * 1024) }),
      path: `${SERVICE}/Enqueue`,
      pieces: [],
    };
    const agreed = await expectAgreement(ways, (way) =>
      wire.play === callHttp1 ? answerHttp1(way, request) : answerHttp2(way, request),
    );
    expect(agreed).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 0 });
  });
});
