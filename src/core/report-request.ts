import { z } from "zod";
import { InvalidArgumentError } from "./errors.ts";
import { expected, verbatimTextOf } from "./text.ts";

/** Most bytes of UTF-8 that `diffSummary` may have. */
export const DIFF_SUMMARY_MAX_BYTES = 512 * 1024;

const reportInputSchema = z.object(
  {
    userId: verbatimTextOf(1, 128),
    commitSha: verbatimTextOf(1, 64),
    repo: verbatimTextOf(1, 255),
    message: verbatimTextOf(1, 10_000),
    files: z
      .array(verbatimTextOf(0, 2_048), expected("a list"))
      .max(2_000, "must have at most 2000 entries")
      .default([]),
    components: z
      .array(verbatimTextOf(0, 256), expected("a list"))
      .max(200, "must have at most 200 entries")
      .default([]),
    diffSummary: z
      .string(expected("text"))
      .refine(
        (text) => Buffer.byteLength(text) <= DIFF_SUMMARY_MAX_BYTES,
        `must have at most ${DIFF_SUMMARY_MAX_BYTES} bytes of UTF-8`,
      )
      .default(""),
    template: verbatimTextOf(0, 10_000).optional(),
  },
  expected("an object"),
);

/**
 * One commit to report on, as a caller gives it. Bounds: `userId` 1–128 characters, `commitSha` 1–64, `repo`
 * 1–255, `message` 1–10,000, at most 2,000 `files` of 2,048, at most 200 `components` of 256, `diffSummary` at most
 * 512 KiB of UTF-8, `template` at most 10,000. `files`, `components` and `diffSummary` may be left out.
 */
export type ReportInput = z.input<typeof reportInputSchema>;

/** A checked commit with the tenant that asks. */
export type ReportRequest = Readonly<z.output<typeof reportInputSchema>> & { readonly tenant: string };

/**
 * Checks a caller's input.
 * @throws {InvalidArgumentError} that names every field out of bounds.
 */
export function toReportRequest(tenant: string, input: unknown): ReportRequest {
  const parsed = reportInputSchema.safeParse(input);
  if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues.map(toFieldViolation));
  return { ...parsed.data, tenant };
}

function toFieldViolation(issue: z.core.$ZodIssue) {
  const field = issue.path.reduce<string>(
    (path, step) =>
      typeof step === "number" ? `${path}[${step}]` : path === "" ? String(step) : `${path}.${String(step)}`,
    "",
  );
  return { field, description: issue.message };
}
