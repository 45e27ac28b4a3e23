import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { AlertMessage, SendAlert } from "../../src/alerts/alert.ts";
import { createDiscordSender } from "../../src/alerts/discord.ts";
import { startDiscordServer } from "../support/discord-server.ts";
import type { DiscordServer } from "../support/discord-server.ts";
import { createManualClock } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { createCapturedLogger } from "../worker/captured-logger.ts";

let clock: ManualClock;
let discord: DiscordServer;
let captured: ReturnType<typeof createCapturedLogger>;
let send: SendAlert;

beforeEach(async () => {
  clock = createManualClock();
  discord = await startDiscordServer();
  captured = createCapturedLogger();
  const { webhookUrl } = discord;
  send = createDiscordSender({ webhookUrl, fetch, clock, logger: captured.logger });
});
afterEach(() => discord.close());

const never = new AbortController().signal;
const opened = (changes: Partial<AlertMessage> = {}): AlertMessage => ({
  kind: "circuit_opened",
  text: "gemini fails",
  heldBack: 0,
  ...changes,
});

/** Lets the sender come to its next wait, and moves the clock past it. */
async function waitOut(ms: number): Promise<void> {
  await clock.slept();
  expect(clock.sleepers()).toBe(1);
  await clock.advance(ms - 1);
  expect(clock.sleepers()).toBe(1);
  await clock.advance(1);
}

const unsent = (failure: string) => [
  { level: "warn", msg: "an alert was not sent", alert: "circuit_opened", failure },
];

describe("a Discord webhook", () => {
  it("gets what happened, and when, in a form that calls nobody", async () => {
    await send(opened(), never);
    expect(await discord.received(1)).toEqual([
      {
        username: "stepper",
        embeds: [
          {
            title: "A provider's circuit has opened",
            description: "gemini fails",
            color: 0xd63a3a,
            timestamp: "2026-01-01T00:00:00.000Z",
          },
        ],
        allowed_mentions: { parse: [] },
      },
    ]);
  });

  it.each([
    [1, "1 more of this kind was held back before it."],
    [2, "2 more of this kind were held back before it."],
  ])("is told that %i was held back", async (heldBack, text) => {
    await send(opened({ heldBack }), never);
    const [message] = await discord.received(1);
    expect(message?.embeds[0].footer).toEqual({ text });
  });

  it("gets no more text than it takes", async () => {
    await send(opened({ text: "x".repeat(10_000) }), never);
    const [message] = await discord.received(1);
    expect(message?.embeds[0].description).toHaveLength(2_000);
  });

  it("that is busy is asked again when it says so, and not before", async () => {
    discord.answerWith({ status: 429, headers: { "retry-after": "1.5" } });
    const sent = send(opened(), never);
    await waitOut(1_500);
    await sent;
    expect(await discord.received(2)).toHaveLength(2);
    expect(captured.lines).toEqual([]);
  });

  it("whose budget is used up gets the next message when there is a new one", async () => {
    discord.answerWith({
      status: 204,
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "2" },
    });
    await send(opened(), never);
    const second = send(opened({ text: "again" }), never);
    await waitOut(2_000);
    await second;
    expect(await discord.received(2)).toHaveLength(2);
  });

  it("gets messages in their order, also when one has to wait", async () => {
    discord.answerWith({ status: 429, headers: { "retry-after": "1" } });
    const all = ["a", "b", "c"].map((text) => send(opened({ text }), never));
    await waitOut(1_000);
    await Promise.all(all);
    const texts = (await discord.received(4)).map(({ embeds: [{ description }] }) => description);
    expect(texts).toEqual(["a", "a", "b", "c"]);
  });

  it("is asked four times, and then given up", async () => {
    discord.answerWith(...Array.from({ length: 4 }, () => ({ status: 503 })));
    const sent = send(opened(), never);
    for (let tries = 1; tries < 4; tries += 1) await waitOut(2_000);
    await sent;
    expect(await discord.received(4)).toHaveLength(4);
    expect(captured.lines).toEqual(unsent("Discord did not take it in 4 tries"));
  });

  it("that does not know us any more is not asked again", async () => {
    discord.answerWith({ status: 404 });
    await send(opened(), never);
    expect(await discord.received(1)).toHaveLength(1);
    expect(captured.lines).toEqual(unsent("Discord answered 404"));
  });

  it("that asks for an hour's patience is given up", async () => {
    discord.answerWith({ status: 429, headers: { "retry-after": "3600" } });
    await send(opened(), never);
    expect(captured.lines).toEqual(unsent("Discord asks to be left alone for long"));
  });

  it("that redirects gets nothing sent on, and its address stays out of the log", async () => {
    discord.answerWith({ status: 307, headers: { location: "/elsewhere" } });
    const sent = send(opened(), never);
    await waitOut(2_000);
    await sent;
    expect(await discord.received(2)).toHaveLength(2);
    await discord.close();
    const unreachable = send(opened(), never);
    for (let tries = 1; tries < 4; tries += 1) await waitOut(2_000);
    await unreachable;
    expect(captured.lines).toHaveLength(1);
    expect(JSON.stringify(captured.lines)).not.toContain("secret-token");
    discord = await startDiscordServer();
  });

  it("that hangs is left when the process ends", async () => {
    discord.answerWith("hang");
    const ending = new AbortController();
    const sent = send(opened(), ending.signal);
    await discord.received(1);
    ending.abort();
    await sent;
    expect(captured.lines).toEqual(unsent("the process ends"));
  });
});
