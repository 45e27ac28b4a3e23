import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { anthropicWire } from "../fixtures/vendors/anthropic-wire.ts";
import { cohereWire } from "../fixtures/vendors/cohere-wire.ts";
import { geminiWire } from "../fixtures/vendors/gemini-wire.ts";
import { hfSpaceWire } from "../fixtures/vendors/hf-space-wire.ts";
import { openAiCompatibleWire } from "../fixtures/vendors/openai-compatible-wire.ts";
import { openAiWire } from "../fixtures/vendors/openai-wire.ts";
import { SAMPLE_REPORT, SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorReply, VendorServer } from "../support/vendor-server.ts";
import { callVendor, failureOf } from "./call-vendor.ts";
import { API_KEY } from "./vendor-cases.ts";

let server: VendorServer;

beforeEach(async () => {
  server = await startVendorServer();
});

afterEach(() => server.close());

describe("gemini", () => {
  const fail = (reply: VendorReply) => {
    server.reply(reply);
    return failureOf(callVendor({ name: "gemini", apiKey: API_KEY, baseUrl: server.url }));
  };

  it("tells any other 400 than a wrong key as rejected", async () => {
    expect((await fail(geminiWire.badRequest)).kind).toBe("rejected");
  });

  it("tells a blocked prompt as rejected", async () => {
    expect((await fail(geminiWire.promptBlocked)).kind).toBe("rejected");
  });

  it("survives error details that are no list of objects", async () => {
    const error = await fail({
      status: 429,
      body: { error: { code: 429, message: "", status: "", details: ["x"] } },
    });
    expect(error.kind).toBe("rate_limited");
    expect(error.retryAfterMs).toBeUndefined();
  });
});

describe("openai", () => {
  it("refuses an account without credit as it would a key, and asks for no patience", async () => {
    const error = { message: "You exceeded your current quota.", type: "insufficient_quota", param: null };
    server.reply({ status: 429, body: { error: { ...error, code: "insufficient_quota" } } });
    const failure = await failureOf(callVendor({ name: "openai", apiKey: API_KEY, baseUrl: server.url }));
    expect(failure.kind).toBe("auth");
    expect(failure.message).toBe("openai does not accept the account: its quota is used up");
  });

  it.each([
    ["length", "invalid_output"],
    ["content_filter", "rejected"],
  ])("tells what a reply has cost that ended with %s", async (finishReason, kind) => {
    const { body } = openAiWire.success("") as { readonly body: { readonly choices: readonly object[] } };
    const choices = body.choices.map((choice) => ({ ...choice, finish_reason: finishReason }));
    server.reply({ body: { ...body, choices } });
    const failure = await failureOf(callVendor({ name: "openai", apiKey: API_KEY, baseUrl: server.url }));
    expect(failure).toMatchObject({ kind, tokenUsage: { inputTokens: 1_200, outputTokens: 340 } });
  });
});

describe("anthropic", () => {
  it("is unavailable when it says 529, overloaded", async () => {
    server.reply(anthropicWire.overloaded);
    const error = await failureOf(callVendor({ name: "anthropic", apiKey: API_KEY, baseUrl: server.url }));
    expect(error.kind).toBe("unavailable");
    expect(error.message).toBe("anthropic answered 529");
  });
});

describe("cohere", () => {
  it("is unavailable when the model broke off by an error", async () => {
    server.reply(cohereWire.brokenOff);
    const error = await failureOf(callVendor({ name: "cohere", apiKey: API_KEY, baseUrl: server.url }));
    expect(error.kind).toBe("unavailable");
  });
});

describe("an endpoint that needs no key", () => {
  it("gets no authorization header from openai-compatible", async () => {
    server.reply(openAiCompatibleWire.success(SAMPLE_REPORT_TEXT));
    await callVendor({ name: "openai-compatible", url: server.url, model: "llama3.2" });
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("gets no authorization header from hf-space, which also takes the report as an object", async () => {
    server.reply({ body: { report: SAMPLE_REPORT } });
    const output = await callVendor({ name: "hf-space", url: server.url });
    expect(output.content).toBe(SAMPLE_REPORT_TEXT);
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });
});

describe("a model that thinks aloud", () => {
  it("is taken at its answer, not at its thoughts", async () => {
    const message = {
      role: "assistant",
      content: SAMPLE_REPORT_TEXT,
      reasoning_content: '{"title": "a draft"}',
    };
    const whole = openAiCompatibleWire.success("").body as object;
    server.reply({ body: { ...whole, choices: [{ index: 0, message, finish_reason: "stop" }] } });
    const output = await callVendor({ name: "openai-compatible", url: server.url, model: "any" });
    expect(output.content).toBe(SAMPLE_REPORT_TEXT);
  });
});

describe("an answer without choices", () => {
  it.each(["openai", "openai-compatible"] as const)("is invalid output of %s", async (name) => {
    server.reply({ body: { ...(openAiWire.success("").body as object), choices: [] } });
    const error = await failureOf(callVendor({ name, apiKey: API_KEY, baseUrl: server.url, model: "any" }));
    expect(error.kind).toBe("invalid_output");
  });
});

describe("an answer that goes on and on", () => {
  it.each([
    ["openai", openAiWire],
    ["hf-space", hfSpaceWire],
  ] as const)("is given up by %s at the limit of its size, though it is valid", async (name, wire) => {
    server.reply({
      body: `${JSON.stringify(wire.success(SAMPLE_REPORT_TEXT).body)}${" ".repeat(9 * 1024 * 1024)}`,
    });
    const error = await failureOf(callVendor({ name, apiKey: API_KEY, baseUrl: server.url, model: "any" }));
    expect(error.kind).toBe("invalid_output");
  });
});

describe("an address at which nobody listens", () => {
  it.each(["openai", "hf-space"] as const)("makes %s unavailable", async (name) => {
    const error = await failureOf(
      callVendor({ name, apiKey: API_KEY, baseUrl: "http://127.0.0.1:1", model: "any" }),
    );
    expect(error.kind).toBe("unavailable");
    expect(error.message).toBe(`${name} can't be reached (ECONNREFUSED)`);
  });
});
