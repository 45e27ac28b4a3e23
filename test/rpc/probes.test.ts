import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { createMemoryRateCounter } from "../../src/engines/memory/rate-counter.ts";
import { createServer } from "../../src/rpc/server.ts";
import type { Server } from "../../src/rpc/server.ts";
import { createSilentLogger } from "../../src/telemetry/logger.ts";

let server: Server;
let url: string;

beforeEach(async () => {
  server = createServer({
    reports: undefined,
    reachability: { isReachable: () => true, onChange: () => () => undefined },
    rateCounter: createMemoryRateCounter(),
    admission: {},
    // As Redis does to a user who lacks a right.
    readHealth: () => Promise.reject(new Error("NOPERM")),
    logger: createSilentLogger(),
  });
  url = `http://127.0.0.1:${(await server.listen(0, "127.0.0.1")).port}`;
});
afterEach(() => server.close(0));

it("/health that can't be read is an error, and the process lives on", async () => {
  for (let again = 0; again < 2; again += 1) expect((await fetch(`${url}/health`)).status).toBe(500);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});
