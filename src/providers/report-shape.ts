import type { ReportContent } from "../core/report.ts";

interface FieldShape {
  readonly about: string;
  /** Fewest and most characters of the text, or of each entry. */
  readonly characters: readonly [number, number];
  /** Fewest and most entries; a text has none. */
  readonly entries?: readonly [number, number];
}

/** The fields of a report as a model is told of them. Bounds are those of `reportContentSchema`, which a test holds. */
export const REPORT_SHAPE = {
  title: { about: "what the commit does, in one line", characters: [10, 120] },
  summary: {
    about: "what changed and why it matters, for readers who won't open the diff",
    characters: [50, 2_000],
  },
  changes: {
    about: "the notable changes, most important first",
    characters: [1, 1_000],
    entries: [1, 50],
  },
  rationale: { about: "why it was done, as far as the commit shows", characters: [1, 4_000] },
  impactAndTests: {
    about: "what it touches, what may break, and what to test",
    characters: [1, 4_000],
  },
  nextSteps: {
    about: "what should follow; empty when nothing should",
    characters: [1, 1_000],
    entries: [0, 20],
  },
  tags: {
    about: "short lower-case keywords such as kind of change and area",
    characters: [1, 64],
    entries: [0, 20],
  },
} as const satisfies Record<keyof ReportContent, FieldShape>;

const FIELDS: readonly (readonly [string, FieldShape])[] = Object.entries(REPORT_SHAPE);

/**
 * JSON Schema of a report. Bounds stand in descriptions only: keywords such as `minLength` are rejected by some
 * vendors, and OpenAI's strict mode wants every field required and no others allowed.
 */
export const REPORT_JSON_SCHEMA = {
  type: "object",
  properties: Object.fromEntries(FIELDS.map(([name, shape]) => [name, toFieldSchema(shape)])),
  required: FIELDS.map(([name]) => name),
  additionalProperties: false,
};

/** The fields in words, one a line, for models that are given no schema. */
export function describeReportShape(): string {
  return FIELDS.map(([name, shape]) => `- "${name}": ${describeField(shape)}`).join("\n");
}

function toFieldSchema(shape: FieldShape) {
  const description = describeField(shape);
  return shape.entries === undefined
    ? { type: "string", description }
    : { type: "array", items: { type: "string" }, description };
}

function describeField({ about, characters, entries }: FieldShape): string {
  const text = `${characters[0]} to ${characters[1]} characters`;
  return entries === undefined
    ? `${about} (string of ${text})`
    : `${about} (array of ${entries[0]} to ${entries[1]} strings, each of ${text})`;
}
