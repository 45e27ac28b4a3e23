import { stripEscapeSequences } from "../core/escape-sequences.ts";

const LONGEST_LINE = 2_000;

/** A failure in one line that is safe on a terminal: no line breaks, no escape sequences, at most 2,000 characters. */
export function toOneLine(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  const joined = text
    .trim()
    .replace(/:\s*\n\s*/g, ": ")
    .replace(/\s*\n\s*/g, "; ");
  const line = stripControls(joined.replace(/\s+/g, " "));
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;
}

/**
 * Text without escape sequences, and without control characters except tab and line feed. Commits and models are not
 * to be trusted with a terminal: an escape sequence could rewrite what the user reads.
 */
export function stripControls(text: string): string {
  return stripEscapeSequences(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");
}
