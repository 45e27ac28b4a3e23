import { once } from "node:events";
import { request } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createPushServer } from "../../examples/github-webhook/push-server.ts";
import type { Commit } from "../../examples/github-webhook/push-event.ts";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { deliverPush, pushHeaders, samplePush } from "./sample-push.ts";

const SECRET = "it's a secret to everybody";
const body = JSON.stringify(samplePush());

let commits: Gate<Commit>;
let server: Server;
let url: string;

beforeEach(async () => {
  await start(SECRET);
});
afterEach(stop);

async function start(secret: string | undefined): Promise<void> {
  commits = createGate();
  server = createPushServer({ secret, onCommit: commits.pass }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

async function post(headers: Record<string, string>, text = body): Promise<number> {
  return (await fetch(`${url}/webhook`, { method: "POST", headers, body: text })).status;
}

async function seen(): Promise<number> {
  return (await commits.passed(0)).length;
}

describe("createPushServer", () => {
  it("accepts a signed push and hands on its commits", async () => {
    expect((await deliverPush(url, samplePush(), SECRET)).status).toBe(202);
    expect((await commits.passed(1)).map(({ commitSha }) => commitSha)).toEqual([
      samplePush().commits[0]?.id,
    ]);
  });

  it("agrees with the example of a signature in GitHub's documentation", async () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    const headers = {
      "x-github-event": "ping",
      "x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    };
    await stop();
    await start("It's a Secret to Everybody");
    expect(await post(headers, "Hello, World!")).toBe(200);
  });

  it.each([
    ["no signature", {}],
    ["another secret's signature", pushHeaders(body, "guessed")],
    ["another body's signature", pushHeaders(`${body} `, SECRET)],
    ["a signature that is too short", { "x-hub-signature-256": "sha256=" }],
  ])("refuses %s", async (_, signature) => {
    expect(await post({ "x-github-event": "push", ...signature })).toBe(401);
    expect(await seen()).toBe(0);
  });

  it("takes unsigned pushes when it has no secret", async () => {
    await stop();
    await start(undefined);
    expect(await post({ "x-github-event": "push" })).toBe(202);
  });

  it("answers a ping and does nothing", async () => {
    expect(await post({ ...pushHeaders(body, SECRET), "x-github-event": "ping" })).toBe(200);
    expect(await seen()).toBe(0);
  });

  it("says what is wrong with a push that was sent as a form", async () => {
    const form = `payload=${encodeURIComponent(body)}`;
    const headers = pushHeaders(form, SECRET);
    const response = await fetch(`${url}/webhook`, { method: "POST", headers, body: form });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("application/json");
  });

  it("is found at POST /webhook only", async () => {
    expect((await fetch(`${url}/webhook`)).status).toBe(405);
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
  });

  it("stops reading a body that is longer than GitHub's longest, and says so", async () => {
    const upload = request(`${url}/webhook`, { method: "POST" });
    upload.on("error", () => undefined);
    const answered = once(upload, "response") as Promise<[IncomingMessage]>;
    upload.write(Buffer.alloc(26 * 1024 * 1024));
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    response.resume();
    upload.destroy();
  });

  it("survives a sender who leaves in the middle", async () => {
    const upload = request(`${url}/webhook`, { method: "POST", headers: { "content-length": "100" } });
    upload.on("error", () => undefined);
    const arrived = once(server, "request") as Promise<[IncomingMessage]>;
    upload.write("half");
    const [incoming] = await arrived;
    incoming.on("error", () => undefined);
    const left = new Promise((resolve) => incoming.once("close", resolve));
    upload.destroy();
    await left;
    expect((await deliverPush(url, samplePush(), SECRET)).status).toBe(202);
  });
});
