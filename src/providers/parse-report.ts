import type { z } from "zod";
import { toFieldPath } from "../core/field.ts";
import { reportContentSchema } from "../core/report.ts";
import type { ReportContent } from "../core/report.ts";
import { findJsonObjects } from "./find-json-objects.ts";
import { normalizeReport } from "./normalize-report.ts";

/** A reply read as a report; or what is wrong with it, in words that quote nothing from the reply. */
export type ParsedReport =
  { readonly ok: true; readonly content: ReportContent } | { readonly ok: false; readonly problem: string };

/** Characters of a reply that are looked at. The longest valid report, with every character escaped, fits. */
const MAX_REPLY_LENGTH = 2_000_000;
/** How deep a report may be wrapped, as in `{"output": {"report": "{…}"}}`. */
const MAX_WRAPPERS = 2;
const MAX_PROBLEMS = 5;

/**
 * Reads a model's reply, or the report itself, as the content of a report. Tolerant of what stands around the JSON
 * (prose, code fences, wrappers) and of its spelling; strict about what comes out of it.
 */
export function parseReport(reply: unknown): ParsedReport {
  let problem: string | undefined;
  for (const candidate of findCandidates(reply, MAX_WRAPPERS)) {
    const parsed = reportContentSchema.safeParse(candidate);
    if (parsed.success) return { ok: true, content: parsed.data };
    problem ??= describeIssues(parsed.error.issues);
  }
  return { ok: false, problem: problem ?? "it holds no complete JSON object with a report's fields" };
}

/** Whatever has fields of a report, in the order of the reply. What has none may be a wrapper. */
function* findCandidates(value: unknown, wrappers: number): Generator<ReturnType<typeof normalizeReport>> {
  for (const object of toObjects(value)) {
    const fields = normalizeReport(object);
    if (Object.keys(fields).length > 0) yield { nextSteps: [], tags: [], ...fields };
    else if (wrappers > 0)
      for (const inner of Object.values(object)) yield* findCandidates(inner, wrappers - 1);
  }
}

function toObjects(value: unknown): Iterable<Record<string, unknown>> {
  if (typeof value === "string") return findJsonObjects(value.slice(0, MAX_REPLY_LENGTH));
  return isRecord(value) ? [value] : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const described = issues.slice(0, MAX_PROBLEMS).map(describeIssue);
  const left = issues.length - described.length;
  return [...described, ...(left > 0 ? [`and ${left} more`] : [])].join("; ");
}

/** Fields and our own words only: the schema knows its fields, and no message of it quotes a value. */
function describeIssue({ path, message }: z.core.$ZodIssue): string {
  return `${toFieldPath(path)} ${message}`;
}
