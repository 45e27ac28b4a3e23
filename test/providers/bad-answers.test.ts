import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ProviderErrorKind } from "../../src/core/errors.ts";
import { systemClock } from "../../src/core/system-clock.ts";
import { askAdapter } from "../../src/providers/ask-adapter.ts";
import { createHttpClient } from "../../src/providers/http-client.ts";
import { createProviders } from "../../src/providers/registry.ts";
import { SAMPLE_REPORT } from "../fixtures/vendors/sample-report.ts";
import { startFaultServer } from "../support/fault-server.ts";
import type { FaultServer } from "../support/fault-server.ts";
import { PROMPT } from "./call-vendor.ts";

/** For calls that are not to run into it. */
const LONG_MS = 20_000;
/** For calls that are. */
const SHORT_MS = 300;

/** The body's bound is 8 MiB; the rest waits in the buffers of kernel, client and server. */
const MOST_SENT_BYTES = 24 * 1024 * 1024;

let server: FaultServer;
let client: ReturnType<typeof createHttpClient>;

beforeEach(async () => {
  client = createHttpClient();
  server = await startFaultServer();
});
afterEach(async () => {
  await client.close();
  await server.close();
});

const VENDORS = [
  { name: "openai-compatible", url: (base: string) => `${base}/v1`, model: "fake-model" },
  { name: "hf-space", url: (base: string) => base, model: undefined },
] as const;

describe.each(VENDORS)("a call to $name", ({ name, url, model }) => {
  /** One call with the guards of every call, in real time. */
  async function ask(timeoutMs: number, baseUrl = server.url) {
    const settings = { name, url: url(baseUrl), model };
    const [setup] = createProviders([settings], { ...client, clock: systemClock });
    if (setup === undefined) throw new Error("no provider was made");
    const never = new AbortController().signal;
    const limits = { clock: systemClock, timeoutMs, signal: never, deadline: never };
    return askAdapter(setup.adapter, PROMPT, limits);
  }

  async function failureOf(...given: Parameters<typeof ask>) {
    const answer = await ask(...given);
    if (answer.ok) throw new Error("the call did not fail");
    const { kind, message, retryAfterMs } = answer.error;
    return { kind, message, retryAfterMs };
  }

  const unreadable = `${name} sent an answer that can't be read`;
  const late = `${name} did not answer within ${SHORT_MS} ms`;

  it.each<[fault: string, kind: ProviderErrorKind, message: string | RegExp, timeoutMs?: number]>([
    ["204", "invalid_output", unreadable],
    ["304", "rejected", `${name} answered 304`],
    ["redirect", "rejected", `${name} answered 307`],
    ["400", "rejected", `${name} answered 400`],
    ["401", "auth", `${name} answered 401`],
    ["408", "timeout", `${name} answered 408`],
    ["413", "rejected", `${name} answered 413`],
    ["429", "rate_limited", `${name} answered 429`],
    ["500", "unavailable", `${name} answered 500`],
    ["503 retry-after=soon", "unavailable", `${name} answered 503`],
    ["hang", "timeout", late, SHORT_MS],
    ["trickle", "timeout", late, SHORT_MS],
    ["reset", "unavailable", `${name} can't be reached (ECONNRESET)`],
    ["long-length", "unavailable", /can't be reached \(UND_ERR_SOCKET\)$/],
    ["short-length", "invalid_output", unreadable],
    ["truncated", "invalid_output", unreadable],
    ["html", "invalid_output", unreadable],
    ["wrong-charset", "invalid_output", unreadable],
    ["garbage", "invalid_output", /^[a-z-]+ wrote no valid report: it holds no complete JSON object/],
    ["huge", "invalid_output", unreadable],
    ["endless", "invalid_output", unreadable],
  ])("that is answered by %s is one %s", async (fault, kind, message, timeoutMs = LONG_MS) => {
    server.play(fault);
    expect(await failureOf(timeoutMs)).toEqual({
      kind,
      message: typeof message === "string" ? message : (expect.stringMatching(message) as unknown),
      retryAfterMs: undefined,
    });
    // One call is one request, also elsewhere; and nothing is left of it when the next is made.
    expect(server.requests).toHaveLength(1);
    await server.requests[0]?.ended;
    expect(await ask(LONG_MS)).toMatchObject({ ok: true, content: SAMPLE_REPORT });
  });

  it.each(["ok", "early-hints"])("that is answered by %s has its report", async (fault) => {
    server.play(fault);
    expect(await ask(LONG_MS)).toMatchObject({ ok: true, content: SAMPLE_REPORT });
  });

  it.each([
    ["endless", LONG_MS],
    ["hang", SHORT_MS],
    ["trickle", SHORT_MS],
  ])("hangs up on %s, of which it has read no more than it may", async (fault, timeoutMs) => {
    server.play(fault);
    await failureOf(timeoutMs);
    const [request] = server.requests;
    const end = await request?.ended;
    expect(end?.isAnswered).toBe(false);
    expect(end?.sentBytes).toBeLessThan(MOST_SENT_BYTES);
  });

  it.each([
    ["429 retry-after=7", 7_000, 7_000],
    ["429 retry-after=0.5", 500, 500],
    ["503 retry-after=7", 7_000, 7_000],
    ["429 retry-after=-1", undefined, undefined],
    ["429 retry-at=0", 0, 0],
    // A date has whole seconds, and takes its time on the way.
    ["429 retry-at=60", 55_000, 60_000],
  ])("that is answered by %s says how long to wait", async (fault, atLeastMs, atMostMs) => {
    server.play(fault);
    const { retryAfterMs } = await failureOf(LONG_MS);
    if (atLeastMs === undefined) expect(retryAfterMs).toBeUndefined();
    else expect(retryAfterMs).toBeGreaterThanOrEqual(atLeastMs);
    if (atMostMs !== undefined) expect(retryAfterMs).toBeLessThanOrEqual(atMostMs);
  });

  it.each([
    ["429 retry-after=7 body=endless", "rate_limited", 7_000],
    ["429 retry-after=7 body=hang", "rate_limited", 7_000],
    ["401 body=endless", "auth", undefined],
    ["500 body=hang", "unavailable", undefined],
  ])("that is answered by %s is what the status says", async (fault, kind, retryAfterMs) => {
    server.play(fault);
    expect(await failureOf(LONG_MS)).toMatchObject({ kind, retryAfterMs });
    const end = await server.requests[0]?.ended;
    expect(end?.sentBytes).toBeLessThan(MOST_SENT_BYTES);
  });

  it("that finds nobody listening is unavailable", async () => {
    await server.close();
    expect(await failureOf(LONG_MS)).toMatchObject({
      kind: "unavailable",
      message: `${name} can't be reached (ECONNREFUSED)`,
    });
  });

  it("whose host has no address is unavailable", async () => {
    // RFC 6761: no name below .invalid has one. Without any DNS the code is the other one.
    expect(await failureOf(LONG_MS, "http://provider.invalid")).toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/can't be reached \((ENOTFOUND|EAI_AGAIN)\)$/) as unknown,
    });
  });

  it("whose certificate nobody vouches for is unavailable, and sends nothing", async () => {
    const stranger = await startStranger();
    try {
      expect(await failureOf(LONG_MS, stranger.url)).toMatchObject({
        kind: "unavailable",
        message: expect.stringMatching(/can't be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/) as unknown,
      });
      expect(stranger.requests()).toBe(0);
    } finally {
      await stranger.close();
    }
  });
});

/** A server with a certificate that it has made itself. */
async function startStranger() {
  const folder = await mkdtemp(join(tmpdir(), "stepper-stranger-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  await promisify(execFile)("openssl", ["req", "-x509", ...kind, ...subject, "-keyout", key, "-out", cert]);
  let requests = 0;
  const stranger = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => {
    requests += 1;
    response.end();
  });
  await rm(folder, { recursive: true });
  stranger.listen(0, "127.0.0.1");
  await once(stranger, "listening");
  return {
    url: `https://127.0.0.1:${(stranger.address() as AddressInfo).port}`,
    requests: () => requests,
    close: async () => {
      stranger.close();
      stranger.closeAllConnections();
      await once(stranger, "close");
    },
  };
}
