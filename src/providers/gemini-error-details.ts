import { z } from "zod";
import type { VendorErrorDetails } from "./ai-sdk-error.ts";
import { toWaitMs } from "./retry-after.ts";

const errorSchema = z.object({
  error: z.object({
    details: z.array(z.object({ reason: z.unknown().optional(), retryDelay: z.unknown().optional() })),
  }),
});

/** A protobuf duration in JSON: decimal seconds, such as `45.8s`. */
const DURATION = /^(\d{1,12}(?:\.\d{1,9})?)s$/;

/**
 * Gemini answers a wrong key with 400 and `google.rpc.ErrorInfo` reason `API_KEY_INVALID`, and says how long to wait
 * not in a header but in `google.rpc.RetryInfo`.
 */
export function readGeminiErrorDetails(data: unknown): VendorErrorDetails {
  const parsed = errorSchema.safeParse(data);
  if (!parsed.success) return {};
  const { details } = parsed.data.error;
  return {
    keyRefused: details.some(({ reason }) => reason === "API_KEY_INVALID"),
    retryAfterMs: details.map(({ retryDelay }) => readDuration(retryDelay)).find((ms) => ms !== undefined),
  };
}

function readDuration(value: unknown): number | undefined {
  const seconds = typeof value === "string" ? DURATION.exec(value)?.[1] : undefined;
  return seconds === undefined ? undefined : toWaitMs(Number(seconds) * 1_000);
}
