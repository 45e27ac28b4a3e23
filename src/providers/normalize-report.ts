import type { ReportContent } from "../core/report.ts";
import { REPORT_SHAPE } from "./report-shape.ts";

type FieldName = keyof ReportContent;

/** Spellings of each field, folded: `nextSteps`, `next_steps`, `Next Steps`. */
const FIELD_OF_KEY: ReadonlyMap<string, FieldName> = new Map(
  (Object.keys(REPORT_SHAPE) as FieldName[]).map((field) => [fold(field), field]),
);

/**
 * The fields of a report that an object has, with what models get almost right put right: snake_case keys, lists as
 * text, text as a list, blank entries, `#` before tags, and an absent list that may be empty. Values are not checked.
 */
export function normalizeReport(value: Record<string, unknown>): Partial<Record<FieldName, unknown>> {
  const fields: Partial<Record<FieldName, unknown>> = {};
  for (const [key, content] of Object.entries(value)) {
    const field = FIELD_OF_KEY.get(fold(key));
    if (field !== undefined) fields[field] ??= normalizeField(field, content);
  }
  return fields;
}

function fold(key: string): string {
  return key.replace(/[\s_-]/g, "").toLowerCase();
}

function normalizeField(field: FieldName, content: unknown): unknown {
  if (field === "tags") return toList(content, splitTags).map(stripHash);
  if ("entries" in REPORT_SHAPE[field]) return toList(content, splitLines);
  return isTextList(content) ? content.join("\n") : content;
}

function isTextList(content: unknown): content is string[] {
  return Array.isArray(content) && content.every((entry) => typeof entry === "string");
}

function toList(content: unknown, split: (text: string) => string[]): unknown[] {
  const list = typeof content === "string" ? split(content) : content;
  if (list === null || list === undefined) return [];
  return Array.isArray(list) ? list.filter((entry) => !isBlank(entry)) : [list];
}

function isBlank(entry: unknown): boolean {
  return entry === null || (typeof entry === "string" && entry.trim() === "");
}

/** One entry a line, without its bullet or number. */
function splitLines(text: string): string[] {
  return text.split("\n").map((line) => line.trim().replace(/^(?:[-*•–]|\d{1,3}[.)])\s+/, ""));
}

/** `a, b; c`, a tag a line, or `#a #b`. */
function splitTags(text: string): string[] {
  return splitLines(text).flatMap((line) => line.split(/[,;]|\s(?=#)/));
}

function stripHash(tag: unknown): unknown {
  return typeof tag === "string" ? tag.trim().replace(/^#+/, "") : tag;
}
