import { once } from "node:events";
import type { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { openHttp1, toHead } from "./http1-call.ts";
import { openHttp2 } from "./http2-call.ts";
import { untilStuck } from "./open-stream.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { plainWires, toRequest, watch } from "./wires.ts";
import type { Wire } from "./wires.ts";

let ways: TwoWays;

beforeEach(async () => {
  ways = await startTwoWays();
});
afterEach(async () => {
  expect([ways.fast.watchers(), ways.connect.watchers()]).toEqual([0, 0]);
  await ways.close();
});

const [grpc] = plainWires as readonly [Wire];

/** Where an answer arrives: over HTTP/1.1 at a socket, over HTTP/2 at a stream. */
type Open = (way: Way, type: string, jobId: string) => Duplex;

function openOver2(way: Way, type: string, jobId: string): Duplex {
  const request = toRequest({ ...grpc, type }, watch(jobId));
  const { stream } = openHttp2(way, request);
  return stream.end(request.pieces[0]);
}

function openOver1(way: Way, type: string, jobId: string): Duplex {
  const request = toRequest({ ...grpc, type }, watch(jobId));
  const { socket } = openHttp1(way);
  socket.write(Buffer.concat([toHead(request), ...request.pieces]));
  return socket;
}

async function received(stream: Duplex, bytes: number): Promise<void> {
  for (let seen = 0; seen < bytes;) {
    const [chunk] = (await once(stream, "data")) as [Buffer];
    seen += chunk.byteLength;
  }
}

// None of these but the first goes the fast way.
describe.each<readonly [string, string, Open]>([
  ["gRPC", "application/grpc", openOver2],
  ["gRPC-Web over HTTP/2", "application/grpc-web+proto", openOver2],
  ["gRPC-Web over HTTP/1.1", "application/grpc-web+proto", openOver1],
  ["Connect over HTTP/2", "application/connect+proto", openOver2],
  ["Connect over HTTP/1.1", "application/connect+proto", openOver1],
])("a stream of %s", (_, type, open) => {
  it("leaves no watcher when its client goes while it waits", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const stream = open(way, type, "open");
      await received(stream, 1);
      await way.reports.watches.clock.slept();
      stream.destroy();
    });
    expect(agreed.codes).toEqual(["canceled"]);
  });

  it("leaves no watcher when its client goes while messages flow", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const stream = open(way, type, "endless");
      await received(stream, 100_000);
      stream.destroy();
    });
    expect(agreed.codes).toEqual(["canceled"]);
  });

  it("leaves no watcher when its client goes that took nothing", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const stream = open(way, type, "endless");
      await received(stream, 10_000);
      stream.pause();
      await untilStuck(way);
      stream.destroy();
    });
    expect(agreed.codes).toEqual(["canceled"]);
  });

  it("leaves no watcher when its client is cut off for taking nothing", async () => {
    await ways.close();
    ways = await startTwoWays({ limits: { stallMs: 50 } });
    const agreed = await expectAgreement(ways, async (way) => {
      const stream = open(way, type, "endless");
      await received(stream, 10_000);
      stream.pause();
      await way.told.passed(1);
      stream.destroy();
    });
    expect(agreed.codes).toEqual(["canceled"]);
  });
});

it("leaves no watcher when its client goes while others of its connection stand before it", async () => {
  const agreed = await expectAgreement(
    ways,
    async (way) => {
      const { socket } = openHttp1(way);
      const headers = { connection: "keep-alive" };
      for (const jobId of ["open", "open", "endless"]) {
        const request = toRequest({ ...grpc, type: "application/connect+proto" }, watch(jobId), headers);
        socket.write(Buffer.concat([toHead(request), ...request.pieces]));
      }
      await way.reports.watches.taken.passed(10);
      await untilStuck(way);
      socket.destroy();
    },
    3,
  );
  expect(agreed.codes).toEqual(["canceled", "canceled", "canceled"]);
});
