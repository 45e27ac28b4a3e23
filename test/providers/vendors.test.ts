import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ProviderErrorKind } from "../../src/core/errors.ts";
import { SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorReply, VendorServer } from "../support/vendor-server.ts";
import { callVendor, failureOf, PROMPT } from "./call-vendor.ts";
import { API_KEY, VENDOR_CASES } from "./vendor-cases.ts";
import type { VendorCase } from "./vendor-cases.ts";

let server: VendorServer;

beforeEach(async () => {
  server = await startVendorServer();
});

afterEach(() => server.close());

describe.each(VENDOR_CASES)("the adapter of $name", (vendor: VendorCase) => {
  const { name, wire } = vendor;
  const settings = () => ({ name, ...vendor.settings(server.url) });

  async function failWith(reply: VendorReply) {
    server.reply(reply);
    return failureOf(callVendor(settings()));
  }

  async function expectFailure(reply: VendorReply, kind: ProviderErrorKind) {
    const error = await failWith(reply);
    expect(error.kind).toBe(kind);
    return error;
  }

  it("gives back what the model wrote, its name and the tokens", async () => {
    server.reply(wire.success(SAMPLE_REPORT_TEXT));
    const output = await callVendor(settings());
    expect(output).toEqual({
      content: SAMPLE_REPORT_TEXT,
      model: vendor.model,
      ...(vendor.countsTokens && { tokenUsage: { inputTokens: 1_200, outputTokens: 340 } }),
    });
  });

  it("sends the whole prompt, the key, the model and what asks for JSON, in one request", async () => {
    server.reply(wire.success(SAMPLE_REPORT_TEXT));
    await callVendor(settings());
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    expect(request?.method).toBe("POST");
    expect(request?.path).toBe(vendor.path);
    expect(request?.headers[vendor.auth[0]]).toBe(vendor.auth[1]);
    expect(request?.body).toMatchObject(vendor.body(PROMPT) as object);
  });

  it("tells a wrong key as auth", async () => {
    const error = await expectFailure(wire.wrongKey, "auth");
    expect(error.retryable).toBe(false);
  });

  it("tells a rate limit with how long to wait", async () => {
    const error = await expectFailure(wire.rateLimited, "rate_limited");
    expect(error.retryAfterMs).toBe(7_000);
    expect(error.retryable).toBe(true);
  });

  it("tells a failing server as unavailable, after one request only", async () => {
    await expectFailure(wire.failed, "unavailable");
    expect(server.requests).toHaveLength(1);
  });

  it("tells a gateway's timeout as timeout", () => expectFailure({ status: 504, body: "<html>" }, "timeout"));

  it("tells a bad request as rejected", () => expectFailure({ status: 404, body: "{}" }, "rejected"));

  it("tells an HTML page sent as success as invalid output", () =>
    expectFailure({ body: "<!doctype html><title>Just a moment…</title>" }, "invalid_output"));

  it("tells JSON that was cut off as invalid output", () => {
    const whole = JSON.stringify(wire.success(SAMPLE_REPORT_TEXT).body);
    return expectFailure({ body: whole.slice(0, -20) }, "invalid_output");
  });

  it("tells JSON of another shape as invalid output", () =>
    expectFailure({ body: { detail: "ok" } }, "invalid_output"));

  it("tells a connection that broke within the body as unavailable", () =>
    expectFailure({ ...wire.success(SAMPLE_REPORT_TEXT), fault: "reset" }, "unavailable"));

  it("tells a refused connection as unavailable, with the reason", async () => {
    const gone = await startVendorServer();
    await gone.close();
    const error = await failureOf(callVendor({ name, ...vendor.settings(gone.url) }));
    expect(error.kind).toBe("unavailable");
    expect(error.message).toBe(`${name} can't be reached (ECONNREFUSED)`);
  });

  it("follows no redirect, so that the key stays with its vendor", async () => {
    await expectFailure({ status: 307, headers: { location: `${server.url}/elsewhere` } }, "rejected");
    expect(server.requests).toHaveLength(1);
  });

  it("hangs up on abort, and tells it as timeout", async () => {
    server.reply({ fault: "hang" });
    const controller = new AbortController();
    const arrived = server.nextRequest();
    const failed = failureOf(callVendor(settings(), controller.signal));
    const { ended } = await arrived;
    controller.abort();
    expect((await failed).kind).toBe("timeout");
    await ended;
  });

  it.each([
    ["a wrong key", wire.wrongKey],
    ["a rate limit", wire.rateLimited],
    ["a failing server", wire.failed],
    ["an unreadable answer", { body: `<html>${API_KEY}` }],
  ])("says nothing of key, address, prompt or the vendor's words on %s", async (_, reply) => {
    const error = await failWith(reply);
    expect(error.message).toMatch(new RegExp(`^${name} [a-z A-Z']+\\d*$`));
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify(error)).not.toContain(API_KEY);
  });
});

describe.each(VENDOR_CASES.filter(({ wire }) => wire.refused))(
  "the model of $name",
  ({ name, wire, settings }) => {
    it.each([
      ["refuses, which is told as rejected", wire.refused, "rejected"],
      ["stops at its limit of tokens, which is told as invalid output", wire.cutOff, "invalid_output"],
    ])("%s", async (_, reply, kind) => {
      server.reply(reply ?? {});
      const error = await failureOf(callVendor({ name, ...settings(server.url) }));
      expect(error.kind).toBe(kind);
    });
  },
);
