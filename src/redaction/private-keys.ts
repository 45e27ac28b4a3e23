import { detectPattern } from "./rule.ts";
import type { Detector, Finding } from "./rule.ts";

const KIND = "(?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?";
/** As OpenSSL and PGP, SSH2 and PuTTY write them. */
const BEGIN = new RegExp(`-----BEGIN ${KIND}-----|---- BEGIN ${KIND} ----|\\bPrivate-Lines: \\d{1,3}`, "g");
const END = new RegExp(`-----END ${KIND}-----|---- END ${KIND} ----`, "g");

/** A key of 16,384 bits has some 13,000 characters. */
const MAX_LENGTH = 32_768;

/** A diff's mark, a comment's or a string's signs. They are taken off first: together with the body's class, in one pattern, they backtrack. */
const MARKS = /^[-+ \t"'#*|>]*/;

/** What stands behind BEGIN, in its line. */
const FIRST_LINE = /^[\\nrA-Za-z0-9+/= \t\r"',;]*$/;

/** A line of a key's body: base64 and a string's signs, or a header such as `Proc-Type: 4`. */
const BODY_LINE = /^(?:[A-Za-z0-9+/=\\"', \t\r]{16,}|[A-Za-z-]{1,30}: .{0,100}|\r)?$/;
/** A short one has more than a word's letters. */
const SHORT_LINE = /^(?=.*(?:\d|[A-Z]\w*[a-z]\w*[A-Z]|=))[A-Za-z0-9+/=]{4,15}\r?$/;
/** Before an END whose BEGIN isn't there: no prose and no code. */
const TAIL_LINE = /^[A-Za-z0-9+/=]{16,}(?:\\n)?["',\s\\+]{0,16}$/;

/** Whole blocks from BEGIN to END; what is left of one whose end or beginning was cut off, as far as its lines look like a key. */
const keyBlocks: Detector = function* (text): Generator<Finding> {
  if (!text.includes("PRIVATE KEY") && !text.includes("Private-Lines")) return;
  const begins = [...text.matchAll(BEGIN)];
  let last = 0;
  const blocks: Finding[] = [];
  for (const [position, { index, 0: begin }] of begins.entries()) {
    const from = index + begin.length;
    const next = begins[position + 1]?.index ?? text.length;
    const end = from + findEnd(text.slice(from, Math.min(next, from + MAX_LENGTH)));
    blocks.push({ type: "private-key", start: index, end });
  }
  yield* blocks;
  let block = 0;
  for (const { index, 0: endMark } of text.matchAll(END)) {
    while ((blocks[block]?.end ?? Infinity) <= index) last = blocks[block++]?.end ?? last;
    const end = index + endMark.length;
    const isInBlock = (blocks[block]?.start ?? Infinity) <= index;
    const from = Math.max(last, index - MAX_LENGTH);
    last = end;
    if (isInBlock) continue;
    const start = index - findBeginning(text.slice(from, index));
    if (start < index) yield { type: "private-key", start, end };
  }
};

/** Where a key ends in what follows its BEGIN, up to the next one. */
function findEnd(rest: string): number {
  END.lastIndex = 0;
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
  const body = line.replace(MARKS, "");
  return line !== "" && (BODY_LINE.test(body) || SHORT_LINE.test(body));
}

/** How much of a key stands before its END. */
function findBeginning(before: string): number {
  const lines = before.split("\n");
  const mark = lines.pop() ?? "";
  let length = 0;
  for (const line of lines.reverse()) {
    const body = line.replace(MARKS, "");
    if (!TAIL_LINE.test(body)) break;
    length += line.length + 1;
  }
  return length === 0 ? 0 : length + mark.length;
}

/** In a kubeconfig and in Kubernetes' secrets, keys are encoded once more. */
const encodedKeys = detectPattern("private-key", /LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,32768}={0,2}/g, {
  hint: "LS0tLS1CRUdJTi",
  accept: (secret) =>
    !/CERTIFICATE|PUBLIC KEY/.test(Buffer.from(secret.slice(0, 64), "base64").toString("latin1")),
});

/** The private members of a JSON Web Key (RFC 7518, section 6). */
const jsonWebKeys = detectPattern(
  "private-key",
  /"(?:d|p|q|dp|dq|qi|k)"\s{0,4}:\s{0,4}"(?<secret>[\w-]{22,2048})"/g,
  { hint: '"kty"' },
);

export const privateKeyDetectors: readonly Detector[] = [keyBlocks, encodedKeys, jsonWebKeys];
