import { afterEach, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { openHttp2, sendPiece } from "./http2-call.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";
import { cancel, check, enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Message } from "./wires.ts";

let ways: TwoWays;

afterEach(() => ways.close());

const large = enqueue("new", { diffSummary: "d".repeat(50_000) });
const larger = enqueue("new", { diffSummary: "d".repeat(90_000) });

describe.each(plainWires)("over $name", (wire) => {
  const ask = (message: Message) => expectAgreement(ways, (way) => wire.play(way, toRequest(wire, message)));

  it("a user who asks too often is refused once the message is known", async () => {
    ways = await startTwoWays({ maxPerUser: 0 });
    expect(await ask(enqueue("fresh"))).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 1 });
    expect(await ask(get("known"))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("an address that asks too often is refused before either way sees it, but for health", async () => {
    ways = await startTwoWays({ maxPerAddress: 0 });
    expect(await ask(enqueue("fresh"))).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 0 });
    expect(await ask(check(""))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("a call too many is refused before either way sees it", async () => {
    ways = await startTwoWays({ limits: { calls: 0 } });
    expect(await ask(get("known"))).toMatchObject({ codes: ["unavailable"], fastCalls: 0 });
  });

  it.each([
    ["is kept", 30_000, large],
    ["is handed over", 70_000, larger],
    ["is kept, with the texts of its message", 52_000, large],
  ])("a body that %s and for which there is no room is refused", async (_, bytesInFlight, message) => {
    ways = await startTwoWays({ limits: { bytesInFlight } });
    const refused = await ask(message);
    expect(refused.codes).toEqual(bytesInFlight === 52_000 ? ["ok"] : ["unavailable"]);
    // Nothing of the room is lost.
    for (let again = 0; again < 3; again += 1) {
      expect(await ask(get("known"))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
    }
  });

  it("a body that waits takes room from others until it is gone", async () => {
    ways = await startTwoWays({ limits: { bytesInFlight: 60_000 } });
    const agreed = await expectAgreement(ways, (way) => askBeside(way, wire, large), 4);
    expect(agreed.codes.filter((code) => code === "unavailable")).toHaveLength(1);
  });

  it("a message that is larger than may be is refused, whatever the limit is", async () => {
    ways = await startTwoWays({ limits: { requestBytes: 1_000 } });
    expect(await ask(large)).toMatchObject({ codes: ["resource_exhausted"], fastCalls: 0 });
    expect(await ask(get("known"))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });

  it("a server that drains takes no new job, and tells of those it has", async () => {
    ways = await startTwoWays();
    ways.fast.drain();
    ways.connect.drain();
    expect(await ask(enqueue("fresh"))).toMatchObject({ codes: ["unavailable"], fastCalls: 1 });
    expect(await ask(get("known"))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
    expect(await ask(cancel("known"))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
    expect(await ask(check(""))).toMatchObject({ codes: ["ok"], fastCalls: 1 });
  });
});

/** Asks while half of the room is taken by a body that does not end, and again when that has gone. */
async function askBeside(way: Way, wire: (typeof plainWires)[number], message: Message) {
  const request = toRequest(wire, message);
  const told = (await way.told.passed(0)).length;
  const admitted = (await way.admitted.passed(0)).length;
  const [holder] = plainWires.map((each) => toRequest(each, message));
  const { stream, answer } = openHttp2(way, { ...request, ...holder });
  await sendPiece(stream, (holder?.pieces[0] ?? Buffer.alloc(0)).subarray(0, 40_000));
  await way.admitted.passed(admitted + 1);
  const answers = [await wire.play(way, request)];
  await way.told.passed(told + 1);
  stream.close();
  await answer;
  await way.told.passed(told + 2);
  answers.push(await wire.play(way, request));
  return [...answers, await wire.play(way, toRequest(wire, get("known")))];
}
