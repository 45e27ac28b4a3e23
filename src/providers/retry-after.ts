/** Longest wait that is believed. What lies beyond is a vendor's mistake, or as good as never. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

const DECIMAL = /^\d{1,12}(?:\.\d{1,12})?$/;

/**
 * How long an answer's headers ask to be left alone, in milliseconds, at most a day: `retry-after-ms` (OpenAI's, the
 * more exact one), else `retry-after` in seconds or as an HTTP date (RFC 9110, section 10.2.3). Undefined when they
 * don't say, or make no sense.
 */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = headers.get("retry-after-ms")?.trim() ?? "";
  if (DECIMAL.test(milliseconds)) return toWaitMs(Number(milliseconds));
  const retryAfter = headers.get("retry-after")?.trim() ?? "";
  if (DECIMAL.test(retryAfter)) return toWaitMs(Number(retryAfter) * 1_000);
  // Date.parse would take "2" or "-5" for a year; every form of an HTTP date names its weekday and ends in GMT or a year.
  return /^[A-Z][a-z]{2}/.test(retryAfter) ? toWaitMs(Date.parse(retryAfter) - nowMs) : undefined;
}

/** A wait within bounds, in whole milliseconds; undefined when it is no number. */
export function toWaitMs(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : Math.ceil(Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS));
}
