import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { expectAgreement } from "./agreement.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays } from "./two-ways.ts";
import { cancel, check, enqueue, get, plainWires, spelledWires, toRequest } from "./wires.ts";
import type { Message } from "./wires.ts";

let ways: TwoWays;

beforeAll(async () => {
  ways = await startTwoWays();
});
afterAll(() => ways.close());

const wrong = "x".repeat(2_100);

/** By what is asked: the code of the answer, and the call. */
const messages: readonly (readonly [name: string, code: string, Message])[] = [
  ["a report from the cache", "ok", enqueue("fresh")],
  ["the same report again", "ok", enqueue("fresh")],
  ["a large report from the cache", "ok", enqueue("large")],
  ["a stale report", "ok", enqueue("stale")],
  ["a new job", "ok", enqueue("new")],
  ["a commit with every script", "ok", enqueue("new", { message: 'ß 日本 🙂 \u0000 \\ " \u2028' })],
  ["a job as it stands", "ok", get("known")],
  ["a job with its report", "ok", get("large")],
  ["a job's end", "ok", cancel("known")],
  ["health of the server", "ok", check("")],
  ["health of the service", "ok", check("stepper.v1.ReportService")],
  ["health of another service", "not_found", check("other")],
  [
    "an empty message",
    "invalid_argument",
    { ...enqueue(""), binary: Buffer.alloc(0), json: Buffer.from("{}") },
  ],
  ["one bad field", "invalid_argument", enqueue("new", { userId: "" })],
  ["three bad fields", "invalid_argument", enqueue("", { userId: "", repo: wrong })],
  ["30 bad fields", "invalid_argument", enqueue("new", { files: Array.from({ length: 30 }, () => wrong) })],
  ["an unknown job", "not_found", get("none")],
  ["the end of an unknown job", "not_found", cancel("none")],
  ["an error in every script", "not_found", get("unicode")],
  ["an error without a message", "not_found", get("silent")],
  ["a full queue", "resource_exhausted", enqueue("full")],
  ["an engine that is away", "unavailable", enqueue("unavailable")],
  ["an error that nobody expects", "internal", get("unexpected")],
  ["an error of its own code, metadata and details", "data_loss", enqueue("detailed")],
  ["an error that says that the client is gone", "canceled", get("aborted")],
];

describe.each(plainWires)("over $name", (wire) => {
  it.each(messages)("%s is answered the fast way as by Connect: %s", async (_, code, message) => {
    const agreed = await expectAgreement(ways, (way) => wire.play(way, toRequest(wire, message)));
    expect(agreed).toMatchObject({ codes: [code], fastCalls: 1 });
  });
});

describe.each(spelledWires)("as $name", (wire) => {
  it.each([
    ["a report", enqueue("fresh")],
    ["an unknown job", get("none")],
  ])("%s is answered as by Connect", async (_, message) => {
    const agreed = await expectAgreement(ways, (way) => wire.play(way, toRequest(wire, message)));
    expect(agreed.fastCalls).toBe(wire.isFast ? 1 : 0);
  });
});
