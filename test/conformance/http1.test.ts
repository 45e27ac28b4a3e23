import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { callHttp1, openHttp1, toHead } from "./http1-call.ts";
import type { RawAnswer, RawRequest } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { check, enqueue, get, plainWires, toRequest } from "./wires.ts";

let ways: TwoWays;

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(() => ways.close());

/** Sends everything at once over one connection, which the last request closes. */
async function pipeline(way: Way, requests: readonly RawRequest[]): Promise<readonly RawAnswer[]> {
  const { socket, answers } = openHttp1(way);
  const last = requests.length - 1;
  const bytes = requests.flatMap((request, index) => {
    const connection = index === last ? "close" : "keep-alive";
    return [toHead({ ...request, headers: { connection, ...request.headers } }), ...request.pieces];
  });
  socket.write(Buffer.concat(bytes));
  return answers;
}

describe.each(plainWires.filter(({ play }) => play === callHttp1))("over $name", (wire) => {
  const known = toRequest(wire, get("known"));

  it("requests that come before their turn are answered in their order", async () => {
    const messages = [get("slow"), get("none"), enqueue("large"), check(""), get("slow"), enqueue("")];
    const requests = messages.map((message) => toRequest(wire, message));
    const agreed = await expectAgreement(ways, (way) => pipeline(way, requests), requests.length);
    const statuses = agreed.answer.map(({ status }) => status.split(" ")[1]);
    expect([statuses, agreed.fastCalls]).toEqual([["200", "404", "200", "200", "200", "400"], 6]);
  });

  it("a request that is handed over stays between its neighbours", async () => {
    const large = toRequest(wire, enqueue("new", { diffSummary: "d".repeat(200_000) }));
    const agreed = await expectAgreement(ways, (way) => pipeline(way, [known, large, known]), 3);
    expect(agreed).toMatchObject({ codes: ["ok", "ok", "ok"], fastCalls: 2 });
  });

  it("a connection that is kept serves one request after another", async () => {
    const agreed = await expectAgreement(
      ways,
      async (way) => {
        const { socket, answers } = openHttp1(way);
        for (const connection of ["keep-alive", "keep-alive", "close"]) {
          const request = { ...known, headers: { ...known.headers, connection } };
          const data = once(socket, "data");
          socket.write(Buffer.concat([toHead(request), ...request.pieces]));
          await data;
        }
        return answers;
      },
      3,
    );
    expect([agreed.answer.length, agreed.fastCalls]).toEqual([3, 3]);
  });

  it("a client that waits to be told to send its body is told so", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const request = { ...known, headers: { ...known.headers, expect: "100-continue" } };
      const { socket, answers } = openHttp1(way);
      socket.write(toHead(request));
      await once(socket, "data");
      request.pieces.forEach((piece) => socket.write(piece));
      return answers;
    });
    const statuses = agreed.answer.map(({ status }) => status.split(" ")[1]);
    expect([statuses, agreed.fastCalls]).toEqual([["100", "200"], 1]);
  });

  it("a client that ends its side at once is answered", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { socket, answers } = openHttp1(way);
      socket.end(Buffer.concat([toHead(known), ...known.pieces]));
      return answers;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("HTTP/1.0 is answered as by Connect", async () => {
    const agreed = await expectAgreement(ways, async (way) => {
      const { socket, answers } = openHttp1(way);
      const head = toHead(known).toString("latin1").replace("HTTP/1.1", "HTTP/1.0");
      socket.write(Buffer.concat([Buffer.from(head), ...known.pieces]));
      return answers;
    });
    expect(agreed).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it.each([
    ["longer than it says", -1],
    ["shorter than it says", 1],
  ])("a body %s is answered as by Connect", async (_, missing) => {
    const length = Buffer.concat(known.pieces).length + missing;
    const request = { ...known, headers: { ...known.headers, "content-length": String(length) } };
    const agreed = await expectAgreement(ways, async (way) => {
      const { socket, answers } = openHttp1(way);
      socket.end(Buffer.concat([toHead(request), ...request.pieces]));
      return answers;
    });
    expect(agreed.fastCalls).toBe(0);
  });

  it.each([
    ["before its body", 0],
    ["in the middle of its body", 5],
  ])("a client that goes away %s leaves the same behind", async (_, bytes) => {
    const agreed = await expectAgreement(ways, async (way) => {
      const before = (await way.admitted.passed(0)).length;
      const { socket } = openHttp1(way);
      socket.write(Buffer.concat([toHead(known), Buffer.concat(known.pieces).subarray(0, bytes)]));
      await way.admitted.passed(before + 1);
      socket.destroy();
    });
    expect(agreed.fastCalls).toBe(0);
  });

  it("a client that goes away while it waits is not answered", async () => {
    const request = toRequest(wire, get("slow"));
    const agreed = await expectAgreement(ways, async (way) => {
      const before = (await way.admitted.passed(0)).length;
      const { socket } = openHttp1(way);
      socket.write(Buffer.concat([toHead(request), ...request.pieces]));
      await way.admitted.passed(before + 1);
      socket.destroy();
    });
    expect(agreed).toMatchObject({ codes: ["canceled"], fastCalls: 1 });
  });
});
