import { z } from "zod";
import type { VendorErrorDetails } from "./ai-sdk-error.ts";

const errorSchema = z.object({ error: z.object({ code: z.unknown(), type: z.unknown() }).partial() });

/**
 * OpenAI answers an account without credit with 429 as it does one that calls too often, and tells them apart by the
 * code `insufficient_quota`.
 * @see https://platform.openai.com/docs/guides/error-codes
 */
export function readOpenAiErrorDetails(data: unknown): VendorErrorDetails {
  const parsed = errorSchema.safeParse(data);
  if (!parsed.success) return {};
  const { code, type } = parsed.data.error;
  return { quotaUsedUp: [code, type].includes("insufficient_quota") };
}
