import { ProviderError } from "../core/errors.ts";
import type { ProviderErrorKind } from "../core/errors.ts";
import type { TokenUsage } from "../core/report.ts";

/**
 * Failures of one call, named where they are born. Messages say which provider and what happened in our own words.
 * No error keeps the vendor's or the SDK's as `cause`: these carry the prompt, the URL and the vendor's body, which
 * may quote the key, and a logger that prints causes would leak them.
 */

/** What an HTTP status other than 2xx means. */
export function statusError(provider: string, status: number, retryAfterMs?: number): ProviderError {
  return new ProviderError(kindOfStatus(status), `${provider} answered ${status}`, { retryAfterMs });
}

function kindOfStatus(status: number): ProviderErrorKind {
  if (status === 429) return "rate_limited";
  if (status === 401 || status === 403) return "auth";
  if (status === 408 || status === 504) return "timeout";
  return status >= 500 ? "unavailable" : "rejected";
}

/** The vendor does not accept the key, whatever status it says so with. */
export function keyError(provider: string): ProviderError {
  return new ProviderError("auth", `${provider} does not accept the API key`);
}

/** The account has nothing left to spend: an hour's patience does not help, only somebody who pays. */
export function quotaError(provider: string): ProviderError {
  return new ProviderError("auth", `${provider} does not accept the account: its quota is used up`);
}

/** The vendor's or the model's own refusal to write about this commit. */
export function refusalError(provider: string, tokenUsage?: TokenUsage): ProviderError {
  return new ProviderError("rejected", `${provider} refused to write this report`, { tokenUsage });
}

/** The model stopped at its limit of tokens. */
export function cutOffError(provider: string, tokenUsage?: TokenUsage): ProviderError {
  const message = `${provider} stopped before its reply was complete`;
  return new ProviderError("invalid_output", message, { tokenUsage });
}

/** A success without a body that could be one: HTML, truncated JSON, or JSON of another shape. */
export function unreadableError(provider: string, tokenUsage?: TokenUsage): ProviderError {
  return new ProviderError("invalid_output", `${provider} sent an answer that can't be read`, { tokenUsage });
}

/** The call was aborted before it was answered. */
export function abortedError(provider: string): ProviderError {
  return new ProviderError("timeout", `${provider} did not answer in time`);
}

/** The vendor failed while it was writing. */
export function brokenOffError(provider: string, tokenUsage?: TokenUsage): ProviderError {
  return new ProviderError("unavailable", `${provider} failed while it wrote its reply`, { tokenUsage });
}

/** No answer came over the wire, e.g. because the connection was refused or reset. */
export function networkError(provider: string, error: unknown): ProviderError {
  const code = findNetworkCode(error);
  return new ProviderError(
    "unavailable",
    `${provider} can't be reached${code === undefined ? "" : ` (${code})`}`,
  );
}

/** Of the system, of undici, and of Node's and OpenSSL's words for what is wrong with a certificate or a handshake. */
const NETWORK_CODE =
  /^(?:E[A-Z]{3,20}|EAI_[A-Z]{3,20}|UND_ERR_[A-Z_]{3,30}|ERR_(?:TLS|SSL)_[A-Z0-9_]{3,60}|UNABLE_TO_[A-Z_]{3,50}|HOSTNAME_MISMATCH|(?:[A-Z_]{1,30}_)?(?:CERT|CRL)(?:_[A-Z_]{1,40})?)$/;
const DEEPEST_CAUSE = 5;

/**
 * The code of a failed connection, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`, from an error or what caused it. It
 * looks at the shape alone: errors of another realm or copy of a package are no instances of our classes.
 */
export function findNetworkCode(error: unknown, depth = 0): string | undefined {
  if (typeof error !== "object" || error === null || depth > DEEPEST_CAUSE) return undefined;
  if ("code" in error && typeof error.code === "string" && NETWORK_CODE.test(error.code)) return error.code;
  return "cause" in error ? findNetworkCode(error.cause, depth + 1) : undefined;
}
