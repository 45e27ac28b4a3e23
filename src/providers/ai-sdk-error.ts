import { APICallError, InvalidResponseDataError } from "@ai-sdk/provider";
import type { ProviderError } from "../core/errors.ts";
import {
  abortedError,
  findNetworkCode,
  keyError,
  networkError,
  quotaError,
  statusError,
  unreadableError,
} from "./provider-error.ts";
import { readRetryAfter } from "./retry-after.ts";

/** What a vendor says of a failure in the body alone. */
export interface VendorErrorDetails {
  readonly keyRefused?: boolean;
  readonly quotaUsedUp?: boolean;
  readonly retryAfterMs?: number | undefined;
}

interface ErrorContext {
  readonly provider: string;
  readonly signal: AbortSignal;
  readonly nowMs: number;
  /** Reads the vendor's error body. */
  readonly readErrorDetails?: ((data: unknown) => VendorErrorDetails) | undefined;
}

/** What an error that the SDK threw means. */
export function toProviderError(error: unknown, context: ErrorContext): ProviderError {
  const { provider, signal } = context;
  if (signal.aborted) return abortedError(provider);
  if (InvalidResponseDataError.isInstance(error)) return unreadableError(provider);
  if (!APICallError.isInstance(error) || error.statusCode === undefined) return networkError(provider, error);
  const { statusCode } = error;
  if (statusCode < 200 || statusCode >= 300) return toStatusError(error, statusCode, context);
  // The SDK tells both by the same error: a connection that broke within the body, and a body that makes no sense.
  return findNetworkCode(error) === undefined ? unreadableError(provider) : networkError(provider, error);
}

function toStatusError(error: APICallError, status: number, context: ErrorContext): ProviderError {
  const { provider, nowMs, readErrorDetails } = context;
  const { keyRefused = false, quotaUsedUp = false, retryAfterMs } = readErrorDetails?.(error.data) ?? {};
  if (keyRefused) return keyError(provider);
  if (quotaUsedUp) return quotaError(provider);
  const headers = new Headers(error.responseHeaders);
  return statusError(provider, status, readRetryAfter(headers, nowMs) ?? retryAfterMs);
}
