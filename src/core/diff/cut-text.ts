const COUNT = new Intl.NumberFormat("en-US");

/** A count as people write it, such as `1,234`. */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** Up to `max` UTF-16 units of `text`, never half of a surrogate pair. */
export function sliceSafely(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, Math.max(0, splitsPair ? max - 1 : max));
}

/** The start of a text that was cut, and what was cut off. */
export interface CutText {
  readonly kept: string;
  readonly rest: string;
}

/**
 * Keeps up to `max` UTF-16 units of `text`, up to a line's end. Where that would waste more than half, as with one
 * endless line, it cuts within the line, marks that with `…`, and ends the line.
 */
export function cutAtLineEnd(text: string, max: number): CutText {
  if (text.length <= max) return { kept: text, rest: "" };
  if (max < 2) return { kept: "", rest: text };
  const end = text.lastIndexOf("\n", max - 1) + 1;
  if (end >= max / 2) return { kept: text.slice(0, end), rest: text.slice(end) };
  const start = sliceSafely(text, max - 2);
  return { kept: `${start}…\n`, rest: text.slice(start.length) };
}

/**
 * `text` cut to at most `max` UTF-16 units, with a last line that tells how much is left out; empty when there isn't
 * room for that line.
 */
export function cutWithNotice(text: string, max: number): string {
  if (text.length <= max) return text;
  const longestNotice = leftOutNotice(text.length).length;
  if (longestNotice > max) return "";
  const { kept, rest } = cutAtLineEnd(text, max - longestNotice);
  return `${kept}${leftOutNotice(rest.length)}`;
}

function leftOutNotice(characters: number): string {
  return `[… ${formatCount(characters)} more characters left out]`;
}
