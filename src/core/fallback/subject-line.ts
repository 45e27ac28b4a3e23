import { isKnownType } from "./kind-words.ts";

/** What a commit is beside its words: `fixup` is meant to be squashed into another commit. */
type CommitForm = "plain" | "merge" | "revert" | "fixup";

/** A commit's first line, taken apart. */
export interface SubjectLine {
  readonly form: CommitForm;
  /** A prefix whose meaning is known, such as `feat` or `:bug:`. */
  readonly type?: string;
  readonly scope?: string;
  /** True when the prefix ends with `!`. */
  readonly breaking: boolean;
  /** The line without its prefix; of a fixup, the subject of the commit that it belongs to. */
  readonly description: string;
}

const FIXUP = /^(?:(?:fixup|squash|amend)! ?)+/;
const MERGE = /^Merged? (?:remote-tracking )?(?:branch|branches|tag|commit|pull request|in|from|\S+ into)\b/;
const REVERT = /^Revert(?:ed)?:? "/;
const CONVENTIONAL = /^([a-z][a-z-]*)(?:\(([^()]{1,60})\))?(!)?: *(\S.*)$/i;
/** `[fix] …`, `[docs]: …` */
const BRACKETED = /^\[([a-z]+)\](!)?:? *(\S.*)$/i;
const GITMOJI = /^(:[a-z_]+:|\p{Extended_Pictographic})\uFE0F? *(\S.*)$/u;
/** `net/http: …`, as in Go and Linux: a place, not a kind. */
const PLACE = /^([a-z0-9_.][\w.*/{},-]{0,59}): (\S.*)$/;

/** Takes a subject line apart: conventional commits, gitmoji, `place: …`, merges, reverts and fixups. */
export function toSubjectLine(subject: string): SubjectLine {
  if (MERGE.test(subject)) return { form: "merge", breaking: false, description: subject };
  if (REVERT.test(subject)) return { form: "revert", breaking: false, description: subject };
  const fixup = FIXUP.exec(subject);
  if (!fixup) return toPlainSubject(subject);
  const described = subject.slice(fixup[0].length).trim();
  return { form: "fixup", breaking: false, description: described === "" ? subject : described };
}

function toPlainSubject(subject: string): SubjectLine {
  return readConventional(subject) ?? readMarked(subject) ?? readPlace(subject) ?? toSubject(subject);
}

function toSubject(description: string, type?: string, scope?: string, breaking = false): SubjectLine {
  return {
    form: "plain",
    ...(type === undefined ? {} : { type }),
    ...(scope === undefined || scope.trim() === "" ? {} : { scope: scope.trim() }),
    breaking,
    description,
  };
}

function readConventional(subject: string): SubjectLine | undefined {
  const [, type = "", scope, mark, description = ""] = CONVENTIONAL.exec(subject) ?? [];
  return isKnownType(type) ? toSubject(description, type, scope, mark === "!") : undefined;
}

function readMarked(subject: string): SubjectLine | undefined {
  const [, tag = "", mark, tagged = ""] = BRACKETED.exec(subject) ?? [];
  if (isKnownType(tag)) return toSubject(tagged, tag, undefined, mark === "!");
  const [, sign = "", described = ""] = GITMOJI.exec(subject) ?? [];
  return isKnownType(sign) ? withType(toPlainSubject(described), sign) : undefined;
}

/** What a sign is followed by may have a prefix of its own, which says more. */
function withType(subject: SubjectLine, sign: string): SubjectLine {
  return subject.type === undefined ? { ...subject, type: sign } : subject;
}

function readPlace(subject: string): SubjectLine | undefined {
  const [, scope, description] = PLACE.exec(subject) ?? [];
  return description === undefined ? undefined : toSubject(description, undefined, scope);
}
