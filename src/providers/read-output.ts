import { z } from "zod";
import type { PromptInput } from "../core/ports.ts";
import type { ReportContent, TokenUsage } from "../core/report.ts";
import { parseReport } from "./parse-report.ts";
import { leaksPrompt } from "./prompt-leak.ts";

const tokensSchema = z.int().min(0);
const tokenUsageSchema = z
  .object({ inputTokens: tokensSchema, outputTokens: tokensSchema })
  .optional()
  .catch(undefined);

const outputSchema = z.object({
  content: z.unknown(),
  model: z.string().min(1).max(200).default("unknown").catch("unknown"),
  tokenUsage: tokenUsageSchema,
});

const LEAK = "it repeats the instructions instead of reporting on the commit";

/** What an adapter gave back, checked. */
export type CheckedOutput = { readonly tokenUsage?: TokenUsage } & (
  | { readonly ok: true; readonly content: ReportContent; readonly model: string }
  | { readonly ok: false; readonly problem: string; readonly reply?: string }
);

/** What a failed call has used, unless that makes no sense. */
export function readTokenUsage(given: unknown): TokenUsage | undefined {
  return tokenUsageSchema.parse(given);
}

/**
 * Checks what an adapter gave back. Custom adapters are not ours, so nothing is taken for granted; a model or a count
 * that makes no sense is left out, a report that makes none is a problem.
 */
export function readOutput(output: unknown, input: PromptInput): CheckedOutput {
  const shape = outputSchema.safeParse(output);
  if (!shape.success) return { ok: false, problem: "the adapter gave no report output" };
  const { content, model, tokenUsage } = shape.data;
  const usage = tokenUsage && { tokenUsage };
  const parsed = parseReport(content);
  // The reply is not shown again: the model should write anew.
  if (parsed.ok && leaksPrompt(parsed.content, input)) return { ok: false, problem: LEAK, ...usage };
  if (parsed.ok) return { ...parsed, model, ...usage };
  return { ...parsed, ...(typeof content === "string" && { reply: content }), ...usage };
}
