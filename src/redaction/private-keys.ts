import type { Detector, Finding } from "./rule.ts";

const BEGIN = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;

/** A key of 16,384 bits has some 13,000 characters. */
const MAX_LENGTH = 32_768;

/** A diff's mark, a comment's or a string's signs. They are taken off first: together with the body's class, in one pattern, they backtrack. */
const MARKS = /^[-+ \t"'#*|>]*/;

/** What stands behind BEGIN, in its line. */
const FIRST_LINE = /^[\\nrA-Za-z0-9+/= \t\r"',;]*$/;

/** A line of a key's body: base64 and a string's signs, or a header such as `Proc-Type: 4`. */
const BODY_LINE = /^(?:[A-Za-z0-9+/=\\"', \t\r]{16,}|[A-Za-z-]{1,30}: .{0,100}|\r)?$/;

/** Whole blocks from BEGIN to END; one whose end was cut off, as far as its lines look like a key. */
export const detectPrivateKeys: Detector = function* (text): Generator<Finding> {
  if (!text.includes("PRIVATE KEY")) return;
  const begins = [...text.matchAll(BEGIN)];
  for (const [position, { index, 0: begin }] of begins.entries()) {
    const from = index + begin.length;
    const next = begins[position + 1]?.index ?? text.length;
    const end = from + findEnd(text.slice(from, Math.min(next, from + MAX_LENGTH)));
    yield { type: "private-key", start: index, end };
  }
};

/** Where a key ends in what follows its BEGIN, up to the next one. */
function findEnd(rest: string): number {
  const end = END.exec(rest);
  if (end) return end.index + end[0].length;
  let length = 0;
  for (const [index, line] of rest.split("\n").entries()) {
    if (!(index === 0 ? FIRST_LINE.test(line) : isBodyLine(line))) break;
    length += line.length + 1;
  }
  return Math.min(rest.length, Math.max(0, length - 1));
}

function isBodyLine(line: string): boolean {
  return line !== "" && BODY_LINE.test(line.replace(MARKS, ""));
}
