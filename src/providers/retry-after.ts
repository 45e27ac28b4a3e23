/** Longest wait that is believed. What lies beyond is a vendor's mistake, or as good as never. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

const DECIMAL = /^\d{1,12}(?:\.\d{1,12})?$/;

/** As Go writes durations: `20ms`, `1s`, `6m0s`, `1h2m3.5s`. */
const DURATION =
  /^(?:(\d{1,4})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,12}(?:\.\d{1,9})?)ms)?$/;

/**
 * How long an answer's headers ask to be left alone, in milliseconds, at most a day: `retry-after-ms` (OpenAI's, the
 * more exact one), else `retry-after` in seconds or as an HTTP date (RFC 9110, section 10.2.3), else when the budget
 * comes back of which `x-ratelimit-remaining-…` says that nothing is left (OpenAI's, Groq's and others'). Undefined when
 * they don't say, or make no sense.
 */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = headers.get("retry-after-ms")?.trim() ?? "";
  if (DECIMAL.test(milliseconds)) return toWaitMs(Number(milliseconds));
  const retryAfter = headers.get("retry-after")?.trim() ?? "";
  if (DECIMAL.test(retryAfter)) return toWaitMs(Number(retryAfter) * 1_000);
  // Date.parse would take "2" or "-5" for a year; every form of an HTTP date names its weekday and ends in GMT or a year.
  if (/^[A-Z][a-z]{2}/.test(retryAfter)) return toWaitMs(Date.parse(retryAfter) - nowMs);
  return readReset(headers);
}

/** The longest wait for a budget that is used up; others' come back while there is something left of them. */
function readReset(headers: Headers): number | undefined {
  const waits = ["requests", "tokens"]
    .filter((budget) => headers.get(`x-ratelimit-remaining-${budget}`) === "0")
    .map((budget) => readDuration(headers.get(`x-ratelimit-reset-${budget}`) ?? ""))
    .filter((ms) => ms !== undefined);
  return waits.length === 0 ? undefined : Math.max(...waits);
}

function readDuration(text: string): number | undefined {
  const match = text === "" ? null : DURATION.exec(text);
  if (match === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, ms = 0] = match.slice(1).map((part) => Number(part || 0));
  return toWaitMs(((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms);
}

/** A wait within bounds, in whole milliseconds; undefined when it is no number. */
export function toWaitMs(ms: number): number | undefined {
  return Number.isNaN(ms) ? undefined : Math.ceil(Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS));
}
