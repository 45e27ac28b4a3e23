import { randomUUID } from "node:crypto";
import { createContextKey } from "@connectrpc/connect";
import type { RequestErrorKind } from "../core/errors.ts";
import type { BodyShare } from "./limits/body-budget.ts";

type LogLevel = "debug" | "info" | "warn" | "error";

/** What is known of one request, at every door. */
export interface RequestContext {
  readonly requestId: string;
  /** Whose key the caller gave. */
  readonly tenant: string;
  /** The caller's address, seen past the proxies that are trusted. */
  readonly peer: string;
  /**
   * Counts a call against the budget of one of the tenant's users.
   * @throws {RequestError} `rate_limited`
   */
  readonly countUser: (userId: string) => Promise<void> | undefined;
  /** W3C trace context of what is done for it; undefined while tracing is off. */
  readonly traceparent: string | undefined;
  /** Writes a line that bears the request's id. */
  readonly log: (level: LogLevel, fields: object, message: string) => void;
  /** True once nobody waits for the answer. */
  readonly isGone: () => boolean;
  /** True when the caller has said how long it waits. */
  readonly hasDeadline: boolean;
  /** The memory that its body takes. */
  readonly body: BodyShare;
  /** To be called for each message of a stream from the client: the next one has time and memory of its own. */
  readonly messageRead: () => void;
  /** The job that the request is about, once that is known; for the log line. */
  jobId?: string;
  /** Tells metrics of the call's end; at most once. */
  readonly count: (code: string, durationMs: number) => void;
  /** The status of a gRPC answer, when it came from below the interceptors. */
  grpcStatus?: string | undefined;
  /** Why the call was refused before any door saw it. */
  refusal?: RequestErrorKind;
  /** True when its bytes say little of what it holds. */
  isCompressed?: boolean;
  /** True once something has seen to the request's log line. */
  isLogged?: boolean;
}

/** The tenant of every caller while API keys are off. */
export const PUBLIC_TENANT = "public";

export const REQUEST_ID_HEADER = "x-request-id";

/** Where Connect's handlers find the context. */
export const requestContextKey = createContextKey<RequestContext | undefined>(undefined);

/** An id that a caller may choose: printable, short, and harmless in a log. */
const SAFE_REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The caller's request id when it is a safe one, or a new one. */
export function toRequestId(given: string | string[] | undefined): string {
  return typeof given === "string" && SAFE_REQUEST_ID.test(given) ? given : randomUUID();
}
