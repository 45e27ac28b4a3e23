import { z } from "zod";
import { InvalidArgumentError } from "./errors.ts";
import type { FieldViolation } from "./errors.ts";
import { expected, listOf, toFieldPath } from "./field.ts";
import { verbatimTextOf } from "./text.ts";

/** Most bytes of UTF-8 that `diffSummary` may have. */
export const DIFF_SUMMARY_MAX_BYTES = 512 * 1024;

/** Most characters (code points) of a text, and most items of a list. */
const MOST = {
  userId: 128,
  commitSha: 64,
  repo: 255,
  message: 10_000,
  template: 10_000,
  path: 2_048,
  component: 256,
  files: 2_000,
  components: 200,
} as const;

const userIdSchema = verbatimTextOf(1, MOST.userId);

const reportInputSchema = z.object(
  {
    userId: userIdSchema,
    commitSha: verbatimTextOf(1, MOST.commitSha),
    repo: verbatimTextOf(1, MOST.repo),
    message: verbatimTextOf(1, MOST.message),
    files: listOf(verbatimTextOf(0, MOST.path), 0, MOST.files).default([]),
    components: listOf(verbatimTextOf(0, MOST.component), 0, MOST.components).default([]),
    diffSummary: z
      .string(expected("text"))
      .refine(
        (text) => Buffer.byteLength(text) <= DIFF_SUMMARY_MAX_BYTES,
        `must have at most ${DIFF_SUMMARY_MAX_BYTES} bytes of UTF-8`,
      )
      .default(""),
    template: verbatimTextOf(0, MOST.template).optional(),
  },
  expected("an object"),
);

/** One commit to report on, as a caller gives it. Lengths are in characters (code points). */
export interface ReportInput {
  /** Who asks, as the caller names its users. 1–128 characters. */
  readonly userId: string;
  /** 1–64 characters. */
  readonly commitSha: string;
  /** Such as `owner/name`. 1–255 characters. */
  readonly repo: string;
  /** The whole message. 1–10,000 characters. */
  readonly message: string;
  /** Paths that the commit touches. At most 2,000 of 2,048 characters. Default: none. */
  readonly files?: readonly string[] | undefined;
  /** Parts of the system that it touches. At most 200 of 256 characters. Default: none. */
  readonly components?: readonly string[] | undefined;
  /** A unified diff, or a summary of one. At most 512 KiB of UTF-8. Default: empty. */
  readonly diffSummary?: string | undefined;
  /** Extra instructions for the prompt. At most 10,000 characters. */
  readonly template?: string | undefined;
}

/** A checked commit with the tenant that asks. */
export interface ReportRequest {
  readonly tenant: string;
  readonly userId: string;
  readonly commitSha: string;
  readonly repo: string;
  readonly message: string;
  readonly files: readonly string[];
  readonly components: readonly string[];
  readonly diffSummary: string;
  readonly template?: string | undefined;
}

/**
 * Checks a caller's input.
 * @throws {InvalidArgumentError} that names every field out of bounds.
 */
export function toReportRequest(tenant: string, input: unknown): ReportRequest {
  const parsed = reportInputSchema.safeParse(input);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues.map(toFieldViolation));
  return { ...parsed.data, tenant };
}

/**
 * A caller's input with its defaults when each field is of its type, and none far out of bounds: telling that must cost
 * little, also of ten MiB.
 */
export function toTypedInput(input: unknown): Omit<ReportRequest, "tenant"> | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const { userId, commitSha, repo, message, diffSummary = "", template }: Fields = input;
  const { files: givenFiles = [], components: givenComponents = [] }: Fields = input;
  if (!isText(userId, MOST.userId) || !isText(commitSha, MOST.commitSha)) return undefined;
  if (!isText(repo, MOST.repo) || !isText(message, MOST.message)) return undefined;
  if (!isText(diffSummary, DIFF_SUMMARY_MAX_BYTES)) return undefined;
  if (template !== undefined && !isText(template, MOST.template)) return undefined;
  // Copies, since a caller may change its own lists while the request waits.
  const files = toTexts(givenFiles, MOST.files, MOST.path);
  const components = toTexts(givenComponents, MOST.components, MOST.component);
  if (files === undefined || components === undefined) return undefined;
  return { userId, commitSha, repo, message, files, components, diffSummary, template };
}

type Fields = Partial<Record<keyof ReportInput, unknown>>;

/** A text that may have so many code points, of which each is one or two units of UTF-16. */
function isText(value: unknown, most: number): value is string {
  return typeof value === "string" && value.length <= 2 * most;
}

/** A copy of a list of nothing but such texts. */
function toTexts(value: unknown, mostItems: number, most: number): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > mostItems) return undefined;
  const copy = [...(value as readonly unknown[])];
  return copy.every((item) => isText(item, most)) ? copy : undefined;
}

export function isUserId(userId: string): boolean {
  return userIdSchema.safeParse(userId).success;
}

function toFieldViolation({ path, message }: z.core.$ZodIssue): FieldViolation {
  return { field: toFieldPath(path), description: message };
}
