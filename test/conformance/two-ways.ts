import * as http2 from "node:http2";
import { pino } from "pino";
import type { RateCounter } from "../../src/core/ports.ts";
import { defaultLimits } from "../../src/rpc/limits/limits.ts";
import type { Limits } from "../../src/rpc/limits/limits.ts";
import { createServer } from "../../src/rpc/server.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { createScriptedReports } from "./scripted-reports.ts";
import type { ScriptedReports } from "./scripted-reports.ts";

/** What an operator learns of a call: its line in the log, and its count. */
interface Told {
  readonly line: Readonly<Record<string, unknown>>;
  readonly count: { readonly method: string; readonly code: string };
}

/** A server that answers one of the two ways. */
export interface Way {
  readonly name: "fast" | "connect";
  readonly port: number;
  readonly url: string;
  readonly reports: ScriptedReports;
  /** One for each request that is over. */
  readonly told: Gate<Told>;
  /** One for each request that has been let in, before anything of its body was read. */
  readonly admitted: Gate<string>;
  /** A connection that calls share; a new one when the last has ended. */
  session(): http2.ClientHttp2Session;
  /** How many jobs are watched. */
  watchers(): number;
  drain(): void;
  /** Ends what is open, as at the process's end. */
  shutDown(): Promise<void>;
  close(): Promise<void>;
}

export interface TwoWays {
  readonly fast: Way;
  readonly connect: Way;
  close(): Promise<void>;
}

interface TwoWaysOptions {
  readonly limits?: Partial<Limits>;
  /** Calls of one address; 0 lets nobody in. */
  readonly maxPerAddress?: number;
  /** Calls of one user; 0 refuses them once their message has been read. */
  readonly maxPerUser?: number;
}

/** Longer than open streams need to be told of it. */
const SHUTDOWN_MS = 2_000;

export const API_KEY = "a-key-of-acme";

/** Two servers that differ in nothing but in how they answer plain calls. */
export async function startTwoWays(options: TwoWaysOptions = {}): Promise<TwoWays> {
  const [fast, connect] = await Promise.all([startWay("fast", options), startWay("connect", options)]);
  const close = async (): Promise<void> => {
    await Promise.all([fast.close(), connect.close()]);
  };
  return { fast, connect, close };
}

async function startWay(name: Way["name"], options: TwoWaysOptions): Promise<Way> {
  const { limits, maxPerAddress = 100, maxPerUser = 50 } = options;
  const reports = createScriptedReports();
  const admitted = createGate<string>();
  const { logger, metrics, told, watchers } = createWitness();
  const server = createServer({
    reports,
    reachability: { isReachable: () => true, onChange: () => () => undefined },
    rateCounter: createStatelessCounter(admitted),
    admission: {
      apiKeys: { header: "x-api-key", keys: [{ tenant: "acme", key: API_KEY }], skipHealth: false },
      rateLimits: { windowMs: 60_000, maxPerAddress, maxPerUser, skipHealth: true },
      securityHeaders: true,
    },
    readHealth: () => Promise.reject(new Error("nobody asks")),
    logger,
    metrics,
    limits: { ...defaultLimits, ...limits },
    hasFastCalls: name === "fast",
  });
  const { port } = await server.listen(0, "127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const connection = createConnection(url);
  return {
    name,
    port,
    url,
    reports,
    told,
    admitted,
    session: connection.session,
    watchers,
    drain: () => server.drain(),
    shutDown: () => server.close(SHUTDOWN_MS),
    close: async () => {
      reports.release();
      connection.end();
      await server.close(0);
    },
  };
}

function createConnection(url: string) {
  let open: http2.ClientHttp2Session | undefined;
  return {
    session: (): http2.ClientHttp2Session => {
      if (open !== undefined && !open.closed && !open.destroyed) return open;
      open = http2.connect(url);
      open.on("error", () => undefined);
      return open;
    },
    end: () => open?.destroy(),
  };
}

/** Joins each call's line to its count, of which the count comes first. */
function createWitness() {
  const told = createGate<Told>();
  let count: Told["count"] | undefined;
  let watchers = (): number => 0;
  const write = (text: string): void => {
    const { durationMs: _, requestId: __, ...line } = JSON.parse(text) as Record<string, unknown>;
    if (line.msg !== "call") return;
    if (count === undefined) throw new Error("a call has a line, but was not counted");
    told.pass({ line: withoutStack(line), count });
    count = undefined;
  };
  const call = ({ method, code }: Told["count"]): void => void (count = { method, code });
  const logger = pino({ base: null, timestamp: false, level: "debug" }, { write });
  const readWatchersWith = (read: () => number): void => void (watchers = read);
  const metrics = { ...noMetrics, call, readWatchersWith };
  return { logger, metrics, told, watchers: () => watchers() };
}

/** Where an error was thrown differs, of course. */
function withoutStack({ err, ...line }: Record<string, unknown>): Told["line"] {
  if (err === undefined) return line;
  const { stack: _, ...error } = err as Record<string, unknown>;
  return { ...line, err: error };
}

/** Its answers don't depend on what was asked before, so that both ways get the same. */
function createStatelessCounter(admitted: Gate<string>): RateCounter {
  return {
    hit: (key, max) => {
      if (key.startsWith("address:")) admitted.pass(key);
      return Promise.resolve({ isWithin: max > 0, remaining: Math.max(0, max - 1), resetMs: 12_345 });
    },
    close: () => Promise.resolve(),
  };
}
