import { fileURLToPath } from "node:url";
import { credentials, loadPackageDefinition } from "@grpc/grpc-js";
import type * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Commit } from "../github-webhook/push-event.ts";

/** The part of `stepper.v1.Report` that is used here. */
export interface Report {
  readonly title: string;
  readonly summary: string;
  readonly changes: readonly string[];
  readonly provider: string;
  readonly fallback: boolean;
}

/** `stepper.v1.EnqueueResponse`: with a job, a report, or (when that is stale) both. */
export interface EnqueueResponse {
  /** Empty when nothing runs. */
  readonly jobId: string;
  readonly report: Report | null;
}

/** `stepper.v1.WatchJobResponse`. */
export type WatchJobResponse = { readonly seq: string } & (
  | { readonly event: "completed"; readonly completed: { readonly report: Report } }
  | { readonly event: "failed"; readonly failed: { readonly error: { readonly message: string } } }
  | {
      readonly event:
        "queued" | "started" | "attemptStarted" | "attemptFailed" | "providerSkipped" | "heartbeat";
    }
);

/** The client that grpc-js makes of the proto file. */
export interface ReportService extends grpc.Client {
  enqueue(
    request: Commit,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: grpc.requestCallback<EnqueueResponse>,
  ): grpc.ClientUnaryCall;
  watchJob(
    request: { readonly jobId: string; readonly afterSeq: string },
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
  ): grpc.ClientReadableStream<WatchJobResponse>;
}

const PROTO_FILE = "@commitdiary/stepper/proto/stepper/v1/report_service.proto";
/** A connection that died in silence is noticed after two of these. */
const KEEPALIVE_MS = 20_000;

/** Connects to a stepper server, such as `http://localhost:3001`; `https:` speaks TLS. */
export function connectReportService(url: string): ReportService {
  const proto = loadPackageDefinition(
    // Fields in lowerCamelCase, which is the loader's default; 64-bit numbers as strings, so that none is rounded.
    loadSync(fileURLToPath(import.meta.resolve(PROTO_FILE)), { longs: String, defaults: true, oneofs: true }),
  ) as unknown as {
    stepper: {
      v1: { ReportService: new (...args: ConstructorParameters<typeof grpc.Client>) => ReportService };
    };
  };
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === "https:";
  return new proto.stepper.v1.ReportService(
    `${hostname}:${port || (isSecure ? "443" : "80")}`,
    isSecure ? credentials.createSsl() : credentials.createInsecure(),
    { "grpc.keepalive_time_ms": KEEPALIVE_MS, "grpc.keepalive_timeout_ms": KEEPALIVE_MS },
  );
}
