import { formatCount } from "../diff/cut-text.ts";
import { stripEscapeSequences } from "../escape-sequences.ts";

/** `1 file`, `3 files`, `1,234 files`. */
export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(amount)} ${amount === 1 ? noun : plural}`;
}

const MOST_NAMED = 6;

/** `a`, `a and b`, `a, b and 3 more`: at most `max` items by name. */
export function list(items: readonly string[], max = MOST_NAMED): string {
  return listOf(items, (item) => item, max);
}

/** The same for items that have to be put into words; only the named ones are. */
export function listOf<Item>(
  items: readonly Item[],
  toWords: (item: Item) => string,
  max = MOST_NAMED,
): string {
  const named = items.slice(0, max).map((item) => toWords(item));
  const more = items.length - named.length;
  const last = more > 0 ? `${formatCount(more)} more` : named.pop();
  return named.length === 0 ? (last ?? "") : `${named.join(", ")} and ${last ?? ""}`;
}

const LONGEST_CODE = 160;

/** A path or a name as Markdown code. Of a very long one the end, which tells most. */
export function code(text: string): string {
  const line = oneLine(text).replaceAll("`", "'") || "(no name)";
  return `\`${line.length > LONGEST_CODE ? `…${lastCharacters(line, LONGEST_CODE)}` : line}\``;
}

function lastCharacters(text: string, max: number): string {
  return text.slice(-max).replace(/^[\uDC00-\uDFFF]/, "");
}

/** Control characters, halves of surrogate pairs, spaces without width, and marks that turn the direction of all the text after them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200B\u2060\u202A-\u202E\u2066-\u2069]/gu;

/** Text that is safe to print: line ends stay, tabs become spaces, escape sequences and other unprintable characters go. */
export function printable(text: string): string {
  return stripEscapeSequences(text)
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(UNPRINTABLE, (character) => (character === "\n" ? "\n" : character === "\t" ? " " : ""));
}

/** Most names and lines are so already. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/** Printable text on one line, with single spaces. */
export function oneLine(text: string): string {
  if (PLAIN.test(text)) return text;
  return printable(text).replace(/\s+/g, " ").trim();
}

/** At most `max` characters (code points) of `text`, cut after a word where there is one, and ended with `…` if cut. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = Array.from(text.slice(0, (max + 1) * 2));
  if (characters.length <= max) return text;
  const start = characters.slice(0, max - 1).join("");
  const space = start.search(/\s\S*$/);
  return `${(space > start.length / 2 ? start.slice(0, space) : start).trimEnd()}…`;
}

/** As many whole parts as fit into `max` characters, joined; at least the first, cut if need be. */
export function joinWithin(parts: readonly string[], separator: string, max: number): string {
  const [first = "", ...others] = parts;
  let text = cut(first, max);
  for (const part of others) {
    if (text.length + separator.length + part.length > max) break;
    text += separator + part;
  }
  return text;
}

/** The text with its first letter large, unless its first word looks like code (`useState`, `npm-run`). */
export function capitalised(text: string): string {
  return /^\p{Ll}+(?=[\s,]|$)/u.test(text) ? text.replace(/^./u, (letter) => letter.toUpperCase()) : text;
}

/** The text as a sentence: with an end mark if it has none. */
export function sentence(text: string): string {
  return /[.!?…:。！？]["')\]]?$/u.test(text) ? text : `${text}.`;
}
