import { randomUUID } from "node:crypto";
import { createContextKey } from "@connectrpc/connect";
import type { Logger } from "../telemetry/logger.ts";

/** What is known of one request, at every door. */
export interface RequestContext {
  readonly requestId: string;
  readonly tenant: string;
  /** Puts the request id on every line. */
  readonly logger: Logger;
  /** The job that the request is about, once that is known; for the log line. */
  jobId?: string;
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

/** Takes over the caller's request id when it is a safe one, or makes one. */
export function createRequestContext(given: string | string[] | undefined, logger: Logger): RequestContext {
  const requestId = typeof given === "string" && SAFE_REQUEST_ID.test(given) ? given : randomUUID();
  return { requestId, tenant: PUBLIC_TENANT, logger: logger.child({ requestId }) };
}
