import { createEndFinder } from "./rule.ts";
import type { Way } from "./ways.ts";

const MAX_LENGTH = 512;

/** How a value is written, which decides where it ends. */
export interface Writing {
  readonly kind: Way["kind"];
  /** The sign that opened it, or nothing. */
  readonly quote: string;
  /** In the environment or in an address, where a value may hold more signs than in code. */
  readonly setting: "environment" | "query" | undefined;
}

/** Finds where values end, from the front of a text to its back: no part of it is read twice by the same rule. */
export function createValueReader(text: string): (start: number, writing: Writing) => number | undefined {
  const quoted: Readonly<Record<string, (from: number) => number>> = {
    '"': createEndFinder(text, /["\n]/g),
    "'": createEndFinder(text, /['\n]/g),
    "`": createEndFinder(text, /[`\n]/g),
  };
  const bare = createEndFinder(text, /[\s"'`,;(){}<>[\]$&|]/g);
  const settings = {
    environment: createEndFinder(text, /[\s;"'`]/g),
    query: createEndFinder(text, /[\s;"'`&]/g),
  };
  const others: Partial<Record<Way["kind"], (from: number) => number>> = {
    element: createEndFinder(text, /[<\n]/g),
    block: createEndFinder(text, /[\r\n]/g),
    default: createEndFinder(text, /[}\s]/g),
  };

  return (start, { kind, quote, setting }) => {
    const findQuote = quoted[quote];
    const find = findQuote ?? others[kind] ?? (setting === undefined ? bare : settings[setting]);
    const end = find(start);
    if (end - start > MAX_LENGTH) return undefined;
    if (find === bare && "(){}<>[]$|".includes(text[end] ?? " ")) return undefined;
    if (kind === "element" && !text.startsWith("</", end)) return undefined;
    if (findQuote === undefined) return end;
    if (text[end] !== quote) return undefined;
    // Inside of a string, the quote's own backslash is no part of the value.
    return text[end - 1] === "\\" && text[start - 2] === "\\" ? end - 1 : end;
  };
}
