import { z } from "zod";
import { expected } from "./field.ts";

/** True when `text` has at most `max` code points. Counts only when UTF-16 units can't decide. */
function fitsCharacters(text: string, max: number): boolean {
  if (text.length <= max) return true;
  if (text.length > max * 2) return false;
  let count = 0;
  for (const _ of text) if (++count > max) return false;
  return true;
}

const anyText = z.string(expected("text"));

function characters(schema: z.ZodString, min: number, max: number) {
  const atLeast = min === 0 ? schema : schema.refine((text) => !fitsCharacters(text, min - 1), tooShort(min));
  return atLeast.refine((text) => fitsCharacters(text, max), `must have at most ${max} characters`);
}

function tooShort(min: number): string {
  return min === 1 ? "must not be empty" : `must have at least ${min} characters`;
}

/** A trimmed string of `min` to `max` characters (Unicode code points, not UTF-16 units). */
export function textOf(min: number, max: number) {
  return characters(anyText.trim(), min, max);
}

/** A string of `min` to `max` characters (Unicode code points), kept as it is. */
export function verbatimTextOf(min: number, max: number) {
  return characters(anyText, min, max);
}
