import { z } from "zod";
import type { ReportContent, TokenUsage } from "../core/report.ts";
import { parseReport } from "./parse-report.ts";

const tokensSchema = z.int().min(0);

const outputSchema = z.object({
  content: z.unknown(),
  model: z.string().min(1).max(200).default("unknown").catch("unknown"),
  tokenUsage: z.object({ inputTokens: tokensSchema, outputTokens: tokensSchema }).optional().catch(undefined),
});

/** What an adapter gave back, checked. */
export type CheckedOutput = { readonly tokenUsage?: TokenUsage } & (
  | { readonly ok: true; readonly content: ReportContent; readonly model: string }
  | { readonly ok: false; readonly problem: string; readonly reply?: string }
);

/**
 * Checks what an adapter gave back. Custom adapters are not ours, so nothing is taken for granted; a model or a count
 * that makes no sense is left out, a report that makes none is a problem.
 */
export function readOutput(output: unknown): CheckedOutput {
  const shape = outputSchema.safeParse(output);
  if (!shape.success) return { ok: false, problem: "the adapter gave no report output" };
  const { content, model, tokenUsage } = shape.data;
  const usage = tokenUsage && { tokenUsage };
  const parsed = parseReport(content);
  if (parsed.ok) return { ...parsed, model, ...usage };
  return { ...parsed, ...(typeof content === "string" && { reply: content }), ...usage };
}
