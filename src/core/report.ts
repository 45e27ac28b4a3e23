import { z } from "zod";
import { textOf } from "./text.ts";

/** Version of the report's shape; part of the fingerprint, so that a new shape never serves old answers. */
export const REPORT_SCHEMA_VERSION = "1";

/** The name that stands as `provider` on a report no provider made. */
export const FALLBACK_PROVIDER = "template";

/** What a provider writes. Every string is trimmed; lengths are in characters (code points). */
export const reportContentSchema = z.object({
  title: textOf(10, 120),
  summary: textOf(50, 2_000),
  changes: z.array(textOf(1, 1_000)).min(1).max(50),
  rationale: textOf(1, 4_000),
  impactAndTests: textOf(1, 4_000),
  nextSteps: z.array(textOf(1, 1_000)).max(20),
  tags: z.array(textOf(1, 64)).max(20),
});

/** What a provider writes: the words of a report, without where they came from. */
export type ReportContent = z.infer<typeof reportContentSchema>;

/** Tokens of one call, as the provider counted them. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A report on one commit: what was written, and where it came from. */
export interface Report extends Readonly<ReportContent> {
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
}
