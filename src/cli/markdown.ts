import type { Report, ReportWarning } from "../core/report.ts";
import { toBlock, toCode, toInline } from "./markdown-text.ts";

/** A report with the commit it is about. */
export interface CommitReport {
  readonly commitSha: string;
  readonly repo: string;
  /** True when it came from the cache. */
  readonly cached: boolean;
  /** True when it is a cached one that is old, or a fallback. */
  readonly stale: boolean;
  readonly report: Report;
}

const SHORT_SHA = 12;

/** A report as a Markdown document that ends with a line feed. */
export function toMarkdown({ commitSha, repo, stale, report }: CommitReport): string {
  const blocks = [
    `# ${toInline(report.title).replace(/#+$/, "\\$&")}`,
    `${toCode(repo)} · commit ${toCode(commitSha.slice(0, SHORT_SHA))}`,
    toBlock(report.summary),
    ...section("Changes", toList(report.changes)),
    ...section("Why", toBlock(report.rationale)),
    ...section("Impact and tests", toBlock(report.impactAndTests)),
    ...section("Next steps", toList(report.nextSteps)),
    ...(report.tags.length > 0 ? [`Tags: ${report.tags.map(toCode).join(" ")}`] : []),
    "---",
    `_${toProvenance(report)}${stale && !report.fallback ? " This copy is an old one." : ""}_`,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function section(heading: string, body: string): string[] {
  return body === "" ? [] : [`## ${heading}`, body];
}

function toList(items: readonly string[]): string {
  return items.map((item) => `- ${toInline(item)}`).join("\n");
}

function toProvenance(report: Report): string {
  return [toOrigin(report), ...(report.warnings ?? []).map((warning) => WARNINGS[warning])].join(" ");
}

const WARNINGS: Readonly<Record<ReportWarning, string>> = {
  suspected_prompt_injection:
    "Beware: the commit holds text that looks meant for the model, which may have swayed it.",
};

function toOrigin({ fallback, provider, model, generatedAt, promptVersion }: Report): string {
  const time = toInline(generatedAt);
  if (fallback) {
    return `No provider answered: a template made this from the commit alone, without understanding it, at ${time}.`;
  }
  const author = model === "" ? toInline(provider) : `${toInline(provider)} (model ${toCode(model)})`;
  return `Written by ${author} at ${time}, prompt version ${toInline(promptVersion)}.`;
}
