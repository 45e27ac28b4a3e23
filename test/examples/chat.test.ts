import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createChat } from "../../examples/github-webhook/chat.ts";
import { toFailureMessage, toReportMessage } from "../../examples/github-webhook/report-message.ts";
import { sampleInput, sampleReport } from "../support/samples.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorServer } from "../support/vendor-server.ts";

let server: VendorServer;

beforeEach(async () => {
  server = await startVendorServer({ body: "ok" });
});
afterEach(() => server.close());

function bodies(): unknown[] {
  return server.requests.map(({ body }) => body);
}

describe("createChat", () => {
  it("posts a text as Slack and Mattermost take it", async () => {
    await createChat(`${server.url}/hook`).post("All is well");
    expect(server.requests[0]).toMatchObject({
      method: "POST",
      path: "/hook",
      headers: { "content-type": "application/json" },
      body: { text: "All is well" },
    });
  });

  it("lets no commit call everybody", async () => {
    await createChat(server.url).post("<!channel> & @channel, @here, ada@example.com");
    expect(bodies()).toEqual([
      { text: "&lt;!channel&gt; &amp; @\u200bchannel, @\u200bhere, ada@example.com" },
    ]);
  });

  it("posts content to Discord, cut to what Discord takes, and lets nobody be called", async () => {
    const fetched = jest.spyOn(globalThis, "fetch").mockResolvedValue(new Response(null, { status: 204 }));
    await createChat("https://discord.com/api/webhooks/1/x").post("@everyone ".repeat(300));
    const body = JSON.parse(fetched.mock.calls[0]?.[1]?.body as string) as { content: string };
    fetched.mockRestore();
    expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(body.content).toHaveLength(2_000);
  });

  it("waits as long as a busy chat asks, and posts again", async () => {
    server.reply({ status: 429, headers: { "retry-after": "0" } });
    await createChat(server.url).post("one");
    expect(bodies()).toEqual([{ text: "one" }, { text: "one" }]);
  });

  it("gives up on a chat that stays busy", async () => {
    server.reply(...Array.from({ length: 5 }, () => ({ status: 429, headers: { "retry-after": "0" } })));
    await expect(createChat(server.url).post("one")).rejects.toThrow("the chat answered 429");
    expect(server.requests).toHaveLength(5);
  });

  it("fails at once when the chat refuses", async () => {
    server.reply({ status: 404 });
    await expect(createChat(server.url).post("one")).rejects.toThrow("the chat answered 404");
    expect(server.requests).toHaveLength(1);
  });
});

describe("a chat message", () => {
  it("has a report's title, summary, changes, author and a link", () => {
    expect(toReportMessage(sampleInput(), sampleReport()).split("\n")).toEqual([
      "Keep the cart over a restart (acme/shop@9fceb02)",
      "The cart is now stored in the database, so that a restart of the shop no longer empties it.",
      "• Store the cart in the database",
      "• Load it when a session begins",
      "Written by gemini.",
      "https://github.com/acme/shop/commit/9fceb02d0ae598e95dc970b74767f19372d61af8",
    ]);
  });

  it("says of a fallback that no model wrote it", () => {
    const message = toReportMessage(sampleInput(), sampleReport({ fallback: true }));
    expect(message).toContain("No model answered");
  });

  it("names the commit that got no report, and why", () => {
    expect(toFailureMessage(sampleInput(), "it took too long")).toBe(
      "No report on acme/shop@9fceb02: it took too long",
    );
  });
});
