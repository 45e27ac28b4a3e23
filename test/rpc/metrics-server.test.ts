import * as http2 from "node:http2";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createMemoryRateCounter } from "../../src/engines/memory/rate-counter.ts";
import type { AdmissionSettings } from "../../src/rpc/admission/admission.ts";
import { createMetricsServer } from "../../src/rpc/metrics-server.ts";
import { createSilentLogger } from "../../src/telemetry/logger.ts";

let server: ReturnType<typeof createMetricsServer>;
let url: string;

afterEach(() => server.close(0));

async function start(
  admission: AdmissionSettings = {},
  render = () => Promise.resolve("figures 1\n"),
): Promise<void> {
  server = createMetricsServer({
    page: { contentType: "text/plain; version=0.0.4", render },
    reachability: { isReachable: () => true, onChange: () => () => undefined },
    rateCounter: createMemoryRateCounter(),
    admission,
    logger: createSilentLogger(),
  });
  url = `http://127.0.0.1:${(await server.listen(0, "127.0.0.1")).port}`;
}

const keys = (skipHealth: boolean): AdmissionSettings => ({
  apiKeys: { header: "x-api-key", keys: [{ tenant: "a", key: "key-1" }], skipHealth },
});

describe("the port of metrics", () => {
  it("has the page, whatever stands behind its path, and nothing else", async () => {
    await start();
    expect(await (await fetch(`${url}/metrics?name=a`)).text()).toBe("figures 1\n");
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${url}/livez`)).status).toBe(404);
  });

  it("makes the page once for many who ask at the same time, and anew for the next", async () => {
    let made = 0;
    await start({}, () => Promise.resolve(`made ${(made += 1)}\n`));
    const session = http2.connect(url);
    const get = () => text(session.request({ ":path": "/metrics" }));
    expect(await get()).toBe("made 1\n");
    await Promise.all(Array.from({ length: 50 }, get));
    // One, unless their packets came apart.
    expect(made).toBeLessThan(10);
    const before = made;
    expect(await get()).toBe(`made ${before + 1}\n`);
    session.destroy();
  });

  it("says so when the page can't be made, and lives on", async () => {
    await start({}, () => Promise.reject(new Error("broken")));
    for (let again = 0; again < 2; again += 1) {
      const failed = await fetch(`${url}/metrics`);
      expect([failed.status, await failed.json()]).toEqual([
        500,
        { error: "Internal error", message: "internal error" },
      ]);
    }
  });

  it("asks for a key when health and metrics are not left open", async () => {
    await start(keys(false));
    const refused = await fetch(`${url}/metrics`);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await fetch(`${url}/metrics`, { headers: { "x-api-key": "key-1" } })).status).toBe(200);
  });

  it("is open to those without a key when they are", async () => {
    await start(keys(true));
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});
