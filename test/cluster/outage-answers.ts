import { expect } from "@jest/globals";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { sampleInput } from "../support/samples.ts";

/** What a client was told by one call, and after how long. */
export interface Answer {
  readonly call: string;
  /** A gRPC code, an HTTP status, or `OK`. */
  readonly code: string | number;
  readonly retryAfterMs?: number | undefined;
  readonly tookMs: number;
}

/** The contract's bound on every answer, measured here by the client. */
export const MAX_ANSWER_MS = 2_000;

/** How long a gRPC client was asked to wait by an UNAVAILABLE; undefined for any other failure. */
export function toRetryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof ConnectError) || error.code !== Code.Unavailable) return undefined;
  const [retryInfo] = error.findDetails(RetryInfoSchema);
  const delay = retryInfo?.retryDelay;
  return delay && Number(delay.seconds) * 1_000 + delay.nanos / 1_000_000;
}

/** Makes every call that needs Redis, all at once. The commit is a new one. */
export function callEverything(url: string, jobId: string, commitSha: string): Promise<readonly Answer[]> {
  const client = createClient(ReportService, createGrpcTransport({ baseUrl: url }));
  const input = sampleInput({ commitSha });
  const body = JSON.stringify(sampleInput({ commitSha: `${commitSha}-rest` }));
  const headers = { "content-type": "application/json" };
  const watch = client.watchJob({ jobId })[Symbol.asyncIterator]();
  return Promise.all([
    callRpc("Enqueue", () => client.enqueue(input)),
    callRpc("Get", () => client.get({ jobId })),
    callRpc("WatchJob", () => watch.next()),
    callRest("POST", () => fetch(`${url}/v1/reports`, { method: "POST", headers, body })),
    callRest("GET", () => fetch(`${url}/v1/reports/${jobId}`)),
  ]);
}

async function callRpc(call: string, run: () => Promise<unknown>): Promise<Answer> {
  const startedMs = performance.now();
  const error: unknown = await run().then(
    () => undefined,
    (failure: unknown) => failure,
  );
  const tookMs = performance.now() - startedMs;
  const code = error === undefined ? "OK" : Code[ConnectError.from(error).code];
  return { call, code, retryAfterMs: toRetryAfterMs(error), tookMs };
}

async function callRest(call: string, run: () => Promise<Response>): Promise<Answer> {
  const startedMs = performance.now();
  const { status, headers } = await run();
  const tookMs = performance.now() - startedMs;
  return { call, code: status, retryAfterMs: Number(headers.get("retry-after")) * 1_000, tookMs };
}

/** Expects that each call was refused in time, and that the client was told when to come back. */
export function expectRefusals(answers: readonly Answer[]): void {
  for (const { call, code, retryAfterMs = 0, tookMs } of answers) {
    expect([call, code]).toEqual([call, typeof code === "number" ? 503 : "Unavailable"]);
    expect([call, retryAfterMs > 0]).toEqual([call, true]);
    expect([call, tookMs < MAX_ANSWER_MS, tookMs]).toEqual([call, true, tookMs]);
  }
}

/** What probes are told by a process that lives and can't serve. */
export const NOT_SERVING = { live: 200, ready: 503, page: 503, status: Status.NOT_SERVING } as const;

/** What probes are told by a process that serves. */
export const SERVING = { live: 200, ready: 200, page: 200, status: Status.SERVING } as const;

/** Asks what a load balancer and an operator ask. */
export async function readProbes(url: string) {
  const health = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const read = async (path: string): Promise<number> => (await fetch(url + path)).status;
  const paths = ["/livez", "/readyz", "/health"].map(read);
  const [{ status }, [live, ready, page]] = await Promise.all([health.check({}), Promise.all(paths)]);
  return { live, ready, page, status };
}

/** Follows a process's health from now on: every status that its stream shows, until the process ends. */
export function watchHealth(url: string): Gate<Status> {
  const statuses = createGate<Status>();
  const health = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const followed = (async () => {
    for await (const { status } of health.watch({})) statuses.pass(status);
  })();
  // The stream ends with its process.
  followed.catch(() => undefined);
  return statuses;
}
