import { noTracing } from "../telemetry/tracing.ts";
import type { Span, Tracing } from "../telemetry/tracing.ts";
import type { HttpRequest } from "./node-http.ts";

/** Asked every few seconds, and part of no work: pages by their paths, and gRPC's health. */
const UNTRACED = /^(?:\/|grpc\.health\.)/;

/** What a server is to be blamed for; the rest is the caller's. */
const FAULTS: ReadonlySet<string> = new Set(["internal", "unavailable", "deadline_exceeded", "unknown"]);

/** Begins the span of one call, in the caller's trace when it tells of one. `method` is a name of ours. */
export function startCallSpan(tracing: Tracing, method: string, { headers }: HttpRequest): Span {
  const { traceparent } = headers;
  const parent = typeof traceparent === "string" ? traceparent : undefined;
  const traced = UNTRACED.test(method) ? noTracing : tracing;
  return traced.start(method, { kind: "server", parent, attributes: { "stepper.method": method } });
}

export function endCallSpan(span: Span, code: string): void {
  const errorType = FAULTS.has(code) ? code : undefined;
  span.end({ errorType, attributes: { "stepper.code": code } });
}

/** The trace's id as a field of log lines, by which a line leads to its trace. */
export function toTraceId({ traceparent }: Span): { readonly traceId?: string } {
  const traceId = traceparent?.split("-")[1];
  return traceId === undefined ? {} : { traceId };
}
