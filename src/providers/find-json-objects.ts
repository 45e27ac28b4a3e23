/** How often the text may be read over, all in all. It keeps the search linear on text that is all open braces. */
const READINGS = 16;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * The JSON objects that stand in a text, outermost and first ones first. What looks like an object but is none, such
 * as braces in prose, is searched for objects inside. Takes time linear in the text's length.
 */
export function* findJsonObjects(text: string): Generator<Record<string, unknown>> {
  const start = /\{\s*"/g;
  let budget = text.length * READINGS;
  for (let match = start.exec(text); match !== null && budget > 0; match = start.exec(text)) {
    const end = findEnd(text, match.index);
    budget -= (end ?? text.length) - match.index;
    const found = end === undefined ? undefined : parseObject(text.slice(match.index, end));
    start.lastIndex = found === undefined || end === undefined ? match.index + 1 : end;
    if (found !== undefined) yield found;
  }
}

/** Where the object that begins at `start` ends: after the brace that balances its first. */
function findEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString && code === BACKSLASH) index++;
    else if (code === QUOTE) inString = !inString;
    else if (!inString && code === OPEN) depth++;
    else if (!inString && code === CLOSE && --depth === 0) return index + 1;
  }
  return undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    // What begins with a brace and parses is an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
