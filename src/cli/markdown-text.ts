import { stripControls } from "./one-line.ts";

/** Free text as one line of Markdown. */
export function toInline(text: string): string {
  return escapeLineStart(escapeTags(stripControls(text.replace(/\s+/g, " ")).trim()));
}

/**
 * Free text as paragraphs and lists of Markdown. Emphasis, code spans and lists stay, for models write Markdown. What
 * would change the document around the text does not: headings, rules, fences and HTML.
 */
export function toBlock(text: string): string {
  const clean = stripControls(text.replace(/\r\n?/g, "\n")).trim();
  return escapeTags(clean).split("\n").map(escapeLineStart).join("\n");
}

/** Text as a code span, whatever backticks it has. */
export function toCode(text: string): string {
  const clean = stripControls(text.replace(/\s+/g, " ")).trim();
  const longestRun = Math.max(0, ...Array.from(clean.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const padding = longestRun > 0 ? " " : "";
  return `${fence}${padding}${clean}${padding}${fence}`;
}

/** Outside of code spans only: within them a backslash would show, and a tag is harmless. */
function escapeTags(text: string): string {
  return text.replace(/(?<!`)(`{1,2})(?!`)[^`]+\1(?!`)|<(?=[a-z/!?])/gi, (match) =>
    match === "<" ? "\\<" : match,
  );
}

/** A line that would be a heading (`#`, `===`, `---`), a rule, or open or close a fence. */
function escapeLineStart(line: string): string {
  return line.replace(/^(\s*)(?=#{1,6}(?:\s|$)|`{3}|~{3}|=+\s*$|(?:[-*_]\s*){3,}$|-+\s*$)/, "$1\\");
}
