import { z } from "zod";
import { listOf } from "./field.ts";
import { textOf } from "./text.ts";

/** Version of the report's shape; part of the fingerprint, so that a new shape never serves old answers. */
export const REPORT_SCHEMA_VERSION = "1";

/** The name that stands as `provider` on a report no provider made. */
export const FALLBACK_PROVIDER = "template";

/** What a provider writes: the words of a report, without where they came from. Lengths are in characters. */
export interface ReportContent {
  /** One line. 10–120 characters. */
  readonly title: string;
  /** What the commit does. 50–2,000 characters. */
  readonly summary: string;
  /** What changed, a sentence each. 1–50 of at most 1,000 characters. */
  readonly changes: readonly string[];
  /** Why it was done. 1–4,000 characters. */
  readonly rationale: string;
  /** What it touches and what to test. 1–4,000 characters. */
  readonly impactAndTests: string;
  /** What comes next. 0–20 of at most 1,000 characters. */
  readonly nextSteps: readonly string[];
  /** Words to find it by. 0–20 of at most 64 characters. */
  readonly tags: readonly string[];
}

/** Checks a {@link ReportContent}, and trims its strings. */
export const reportContentSchema = z.object({
  title: textOf(10, 120),
  summary: textOf(50, 2_000),
  changes: listOf(textOf(1, 1_000), 1, 50),
  rationale: textOf(1, 4_000),
  impactAndTests: textOf(1, 4_000),
  nextSteps: listOf(textOf(1, 1_000), 0, 20),
  tags: listOf(textOf(1, 64), 0, 20),
}) satisfies z.ZodType<ReportContent>;

/** Tokens of one call, as the provider counted them. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A report on one commit: what was written, and where it came from. */
export interface Report extends ReportContent {
  /** The provider's name, or `template` for a fallback. */
  readonly provider: string;
  /** The model, as the provider names it; empty for a fallback. */
  readonly model: string;
  /** True when no provider answered and a template made this from the commit alone. */
  readonly fallback: boolean;
  /** When it was made: ISO 8601, UTC. */
  readonly generatedAt: string;
  readonly promptVersion: string;
  readonly tokenUsage?: TokenUsage;
  /** What a reader should know of the commit it was made from. Absent when there is nothing. */
  readonly warnings?: readonly ReportWarning[];
}

/** `suspected_prompt_injection`: the commit holds text that looks meant for the model. */
export type ReportWarning = "suspected_prompt_injection";
