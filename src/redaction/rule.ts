/** A place in a text that holds a secret: from `start` up to `end`. */
export interface Finding {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Finds one family of secrets. Its time must grow no faster than the text. */
export type Detector = (text: string) => Iterable<Finding>;

/**
 * Findings of a pattern whose group `secret`, or whose whole match when it has none, is the secret. `hint` is a piece of
 * text without which it can't match, and is much faster to look for.
 */
export function detectPattern(
  type: string,
  pattern: RegExp,
  options: {
    readonly hint?: string;
    readonly accept?: (secret: string, match: RegExpExecArray) => boolean;
  } = {},
): Detector {
  const { hint, accept = () => true } = options;
  return (text) => {
    // Neither a generator nor `matchAll` at once: most texts are short and hold nothing, and making one of these takes
    // longer than to see that.
    if (hint !== undefined && !text.includes(hint)) return NOTHING;
    pattern.lastIndex = 0;
    if (!pattern.test(text)) return NOTHING;
    pattern.lastIndex = 0;
    const findings: Finding[] = [];
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match[0];
      if (!accept(secret, match)) continue;
      const start = match.index + match[0].lastIndexOf(secret);
      findings.push({ type, start, end: start + secret.length });
    }
    return findings;
  };
}

const NOTHING: readonly Finding[] = [];

/** What stands before a match in its line, or the last of it. */
export function lineBefore({ index, input }: RegExpExecArray, maxLength = 200): string {
  const before = input.slice(Math.max(0, index - maxLength), index);
  return before.slice(before.lastIndexOf("\n") + 1);
}

/**
 * Where the run of characters ends that holds a place. Places are asked for in their order: a run is read once, however
 * many names stand in it, where a pattern would read it from each.
 */
export function createEndFinder(text: string, ends: RegExp): (from: number) => number {
  let end = -1;
  return (from) => {
    if (from <= end) return end;
    ends.lastIndex = from;
    end = ends.exec(text)?.index ?? text.length;
    return end;
  };
}
