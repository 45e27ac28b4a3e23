import { toSubjectLine } from "./subject-line.ts";
import type { SubjectLine } from "./subject-line.ts";
import { oneLine, printable } from "./wording.ts";

/** A commit message, taken apart. All texts are printable. */
export interface CommitMessage extends SubjectLine {
  /** The first line that isn't blank; empty when there is none. */
  readonly subject: string;
  /** The body's prose, each paragraph on one line, without lists and trailers. */
  readonly paragraphs: readonly string[];
  /** The body's own list items. */
  readonly bullets: readonly string[];
  /** What stands in `BREAKING CHANGE:` footers. */
  readonly breakingNotes: readonly string[];
  /** The commit that a revert or a cherry-pick names. */
  readonly origin?: { readonly relation: "reverts" | "picked from"; readonly commit: string };
  /** The whole message, for whoever looks for something in it. */
  readonly text: string;
}

const TRAILER =
  /^(?:[\w-]+-by|change-id|cc|reviewed-on|differential revision|git-svn-id|gerrit-\w+|\w+-rev-?id): ?\S/i;
/** `Closes #12`, `Refs: JIRA-1, JIRA-2`: nothing but where else to look. */
const POINTER =
  /^(?:bugs?|issues?|tickets?|tasks?|jira|story|refs?|references|links?|see|see-also|close[sd]?|fix(?:e[sd])?|resolve[sd]?|pr-url|depends-on|part-of)(?:: *| +(?=\S*\d))[^\s,]+(?:, *[^\s,]+)*$/i;
const BREAKING = /^BREAKING[ -]CHANGES?: *(.*)$/;
const ORIGIN = /^(?:\()?(This reverts commit|cherry picked from commit) ([0-9a-f]{7,64})/i;
/** What squash merges put between the message and its trailers. */
const RULER = /^[-=_*]{3,}$/;
const BULLET = /^ {0,3}(?:[-*+•]|\d{1,2}[.)]) +(\S.*)$/;
/** `- [Commits](https://…)`: what update bots list. */
const BARE_LINK = /^\[[^\]]*\]\([^)]*\)$/;

/** Takes a commit message apart. Never throws, whatever the text. */
export function toCommitMessage(message: string): CommitMessage {
  const text = printable(message).trim();
  const [first = "", ...body] = text.split("\n");
  const subject = oneLine(first);
  return { ...toSubjectLine(subject), subject, text, ...readBody(withoutAttachment(body)) };
}

/** What stands below a line of dashes is for machines: mailed patches' statistics, update bots' YAML. */
function withoutAttachment(body: readonly string[]): readonly string[] {
  const end = body.findIndex((line) => line.trimEnd() === "---");
  return end < 0 ? body : body.slice(0, end);
}

type Part = "prose" | "bullet" | "breaking" | "skipped";

interface BodyReader {
  readonly paragraphs: string[];
  readonly bullets: string[];
  readonly breakingNotes: string[];
  origin?: NonNullable<CommitMessage["origin"]>;
  /** What the next line would continue. */
  open: Part | undefined;
}

function readBody(lines: readonly string[]) {
  const reader: BodyReader = { paragraphs: [], bullets: [], breakingNotes: [], open: undefined };
  for (const line of lines) readBodyLine(reader, line);
  const { paragraphs, breakingNotes, origin } = reader;
  const bullets = reader.bullets.filter((bullet) => !BARE_LINK.test(bullet));
  return { paragraphs, bullets, breakingNotes, ...(origin && { origin }) };
}

function readBodyLine(reader: BodyReader, line: string): void {
  const text = oneLine(line);
  const breaking = BREAKING.exec(text);
  const bullet = BULLET.exec(line);
  if (text === "" || RULER.test(text)) reader.open = undefined;
  else if (readOrigin(reader, text) || TRAILER.test(text) || POINTER.test(text)) reader.open = "skipped";
  else if (breaking) open(reader, "breaking", breaking[1] ?? "");
  else if (bullet) open(reader, "bullet", oneLine(bullet[1] ?? ""));
  else if (reader.open === undefined || (reader.open === "skipped" && !/^\s/.test(line)))
    open(reader, "prose", text);
  else continueText(reader, text);
}

function readOrigin(reader: BodyReader, text: string): boolean {
  const [, words, commit] = ORIGIN.exec(text) ?? [];
  if (words === undefined || commit === undefined) return false;
  reader.origin = { relation: words.startsWith("This") ? "reverts" : "picked from", commit };
  return true;
}

function textsOf(reader: BodyReader, part: Part | undefined): string[] | undefined {
  if (part === "prose") return reader.paragraphs;
  if (part === "bullet") return reader.bullets;
  return part === "breaking" ? reader.breakingNotes : undefined;
}

function open(reader: BodyReader, part: Part, text: string): void {
  reader.open = part;
  textsOf(reader, part)?.push(text);
}

function continueText(reader: BodyReader, text: string): void {
  const texts = textsOf(reader, reader.open);
  const last = texts?.pop();
  if (last !== undefined) texts?.push(`${last} ${text}`.trim());
}
