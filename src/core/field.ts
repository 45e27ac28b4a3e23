import { z } from "zod";

/** Says of a value of another type what a field must be, in a caller's words. */
export function expected(what: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      input === undefined ? "is required" : `must be ${what}`,
  };
}

/** A list of `min` to `max` entries. */
export function listOf<Entry extends z.ZodType>(entry: Entry, min: number, max: number) {
  return z
    .array(entry, expected("a list"))
    .min(min, `must have at least ${min} ${min === 1 ? "entry" : "entries"}`)
    .max(max, `must have at most ${max} entries`);
}

/** `["files", 3]` → `files[3]`, as people write it. */
export function toFieldPath(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
  return steps.join("").replace(/^\./, "");
}
