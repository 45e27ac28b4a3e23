import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterEach, beforeEach, jest } from "@jest/globals";
import { createServer } from "node:http";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ReportSchema,
  ReportService,
  WatchJobResponseSchema,
} from "../../gen/stepper/v1/report_service_pb.ts";
import type { WatchJobResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { aReport } from "./a-report.ts";

type Implementation = Partial<ServiceImpl<typeof ReportService>>;
type Event = WatchJobResponse["event"];

/** A real server with a service the test writes. */
export interface ReportServer {
  readonly url: string;
  /** Breaks every connection as it stands, in the middle of whatever it carries. */
  cutConnections(): void;
}

/** Starts servers that are stopped after each test. */
export function useReportServers(): (implementation: Implementation) => Promise<ReportServer> {
  const servers: Server[] = [];
  // In Jest's realm Connect doesn't recognize that its client hung up, and would print what these tests do on purpose.
  beforeEach(() => {
    jest.spyOn(console, "error").mockImplementation(() => undefined);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(stop));
    jest.restoreAllMocks();
  });
  return async (implementation) => {
    const routes = (router: ConnectRouter) => router.service(ReportService, implementation);
    const server = createServer(connectNodeAdapter({ routes }));
    servers.push(server);
    await listen(server);
    return { url: urlOf(server), cutConnections: () => server.closeAllConnections() };
  };
}

/** Starts servers that answer anything as `answer` does, like a proxy or a foreign site; stopped after each test. */
export function useForeignServers(): (answer: (response: ServerResponse) => void) => Promise<string> {
  const servers: Server[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(stop));
  });
  return async (answer) => {
    const server = createServer((_, response) => answer(response));
    servers.push(server);
    await listen(server);
    return urlOf(server);
  };
}

/** The URL of a server that was there a moment ago. */
export async function urlOfNobody(): Promise<string> {
  const server = createServer();
  await listen(server);
  const url = urlOf(server);
  await stop(server);
  return url;
}

/** An answer that never comes, but ends with its call: an abandoned one would keep the process alive. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** One message of a watch. */
export function watched(seq: number, event: Event): WatchJobResponse {
  return create(WatchJobResponseSchema, { seq: BigInt(seq), time: timestampFromMs(seq * 1_000), event });
}

/** The last message of a watch that went well. */
export function completed(seq: number): WatchJobResponse {
  return watched(seq, {
    case: "completed",
    value: { $typeName: "stepper.v1.JobCompleted", report: protoReport() },
  });
}

/** `aReport()` as the wire has it. */
export function protoReport() {
  const { generatedAt, ...report } = aReport();
  return create(ReportSchema, {
    ...toMutable(report),
    generatedAt: timestampFromMs(Date.parse(generatedAt)),
  });
}

function toMutable({
  changes,
  nextSteps,
  tags,
  warnings = [],
  tokenUsage: _,
  ...report
}: Omit<ReturnType<typeof aReport>, "generatedAt">) {
  const lists = { changes: [...changes], nextSteps: [...nextSteps], tags: [...tags] };
  return { ...report, ...lists, warnings: [...warnings] };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
