import type { Detector, Finding } from "./rule.ts";
import {
  isBarePassword,
  isKey,
  isPasswordInPlace,
  isQuotedPassword,
  isQuotedSecret,
  isSmallWord,
} from "./secret-values.ts";
import { isStandIn } from "./stand-ins.ts";
import { createValueReader } from "./values.ts";
import type { Writing } from "./values.ts";
import { waysFrom } from "./ways.ts";
import type { Way } from "./ways.ts";

/** Names whose values are secrets, and what goes on in the same word. */
const NAMES =
  /(passw(?:or)?d|passphrase|passcode|pwd|pass(?![a-z])|secret(?:[_-]?(?:access[_-]?)?key)?|token|credentials?|(?:api|access|auth|private|encryption|signing|app|admin|master|account|shared|storage|service|session|licen[sc]e|server|hmac)[_-]?key|salt(?![a-z]))([\w-]{0,24})/gi;

/** Names of something about a secret: `passwordHash`, `tokenizer`, `apiKeyRef`, `secretName`. */
const ABOUT =
  /hash|digest|type|name|id$|ids$|url|uri|file|path|label|length|count|limit|expir|header|field|izer|template|endpoint|ref$|refs$|version|strategy|policy|provider|class|param|prefix|suffix|format|pattern|regex|min|max|ttl|issuer|audience|placeholder|hint|help|text|message|error|title|description|algorithm|rotat|enabled|required|strength|source|arn$|manager|service|factory|kind|mode|scope|input|cookie|column|env$|var$|index|size|usage|budget|review|impl/i;

/** What is known of a place where a secret may be. */
interface Place extends Writing {
  readonly name: string;
  readonly sign: string;
  readonly isNameInQuotes: boolean;
  /** The name is the last of its word. */
  readonly isLast: boolean;
  readonly around: () => string;
}

/** The least that any rule takes for a value written so. */
function toMinLength(isPassword: boolean, { kind, quote, setting }: Writing): number {
  if (quote !== "") return isPassword ? 5 : 8;
  return setting !== undefined || kind !== "assigned" ? 4 : 6;
}

/** A value that a name says is secret, if it looks like one: code, words, paths and addresses do not. */
export const detectAssignments: Detector = function* (text): Generator<Finding> {
  const findEnd = createValueReader(text);
  for (const match of text.matchAll(NAMES)) {
    const after = match.index + match[0].length;
    for (const way of waysFrom(text[after] ?? "")) {
      const found = findValue(text, match, way, findEnd);
      if (found === undefined) continue;
      yield found;
      break;
    }
  }
};

function findValue(
  text: string,
  { index, 0: word, 1: name = "", 2: rest = "" }: RegExpExecArray,
  { kind, between, before: needed }: Way,
  findEnd: ReturnType<typeof createValueReader>,
): Finding | undefined {
  const after = index + word.length;
  between.lastIndex = after;
  if (!between.test(text)) return undefined;
  const start = between.lastIndex;
  const quote = toQuote(text[start - 1]);
  const isSetting = text[after] === "=" && start - after - quote.length === 1;
  const setting = isSetting ? toSetting(text, index, word) : undefined;
  const writing = { kind, quote, setting };
  const end = findEnd(start, writing);
  const isPassword = isPasswordsName(name);
  // Most names end here: what is dear comes last.
  if (end === undefined || end - start < toMinLength(isPassword, writing)) return undefined;
  between.lastIndex = after;
  const [, closed = "", sign = ""] = kind === "assigned" ? (between.exec(text) ?? []) : [];
  const before = text.slice(Math.max(0, index - 48), index);
  if (needed?.test(before) === false || ABOUT.test(rest) || isPartOfWord(name, before)) return undefined;
  if (sign === ":" && text[startOfWord(text, index) - 1] === ":") return undefined;
  const isNameInQuotes = closed !== "";
  const around = (): string => text.slice(Math.max(0, index - 100), end + 100);
  const isLast = rest === "";
  // Fields one by one: spreading takes microseconds, and a text may hold fifty thousand names.
  const place: Place = { kind, quote, setting, name, sign, isNameInQuotes, isLast, around };
  if (!(isPassword ? isPasswordInItsPlace : isKeyInPlace)(text.slice(start, end), place)) return undefined;
  return { type: isPassword ? "password" : "secret", start, end };
}

/** Of a secret's names, those with `p` are passwords', and `private_key`. */
function isPasswordsName(name: string): boolean {
  return /^p[aw]/i.test(name);
}

function toQuote(sign = ""): Writing["quote"] {
  return sign === '"' || sign === "'" || sign === "`" ? sign : "";
}

/** `NAME=value` of the environment, `;password=value` of a connection string. */
function toSetting(text: string, index: number, word: string): Writing["setting"] {
  const start = startOfWord(text, index);
  if (/^-?[A-Z][A-Z0-9_]*$/.test(text.slice(start, index) + word)) return "environment";
  return start === index && /[?&;]/.test(text[index - 1] ?? "") ? "query" : undefined;
}

const MAX_PREFIX = 40;

/** Read backwards: a pattern that ends here would be tried from each of the characters before. */
function startOfWord(text: string, index: number): number {
  let start = index;
  while (index - start < MAX_PREFIX && /[\w.-]/.test(text[start - 1] ?? "")) start -= 1;
  return start;
}

/** `compass`, `BYPASS`: the short name must begin a word, but for words that it is commonly stuck to. */
function isPartOfWord(name: string, before: string): boolean {
  if (!/^(?:pass|salt)$/i.test(name) || /(?:store|key|user|db)$/i.test(before)) return false;
  return (name.startsWith("P") || name.startsWith("S") ? /[A-Z]$/ : /[A-Za-z]$/).test(before);
}

function isPasswordInItsPlace(value: string, place: Place): boolean {
  const isQuoted = place.quote !== "";
  switch (place.kind) {
    case "element":
    case "block":
    case "default":
      return !/\s/.test(value) && isPasswordInPlace(value) && !/^[A-Z][a-z]*$/.test(value);
    case "assigned":
      return isQuoted ? isAssignedLiteral(value, place) : isAssignedWord(value, place);
    case "fallback":
      return isQuotedPassword(value) || isSmallWord(value);
    default:
      return isQuoted ? isQuotedPassword(value) : isPasswordInPlace(value);
  }
}

function isKeyInPlace(value: string, { kind, quote, name, sign, isLast, setting }: Place): boolean {
  const isQuoted = quote !== "";
  if (!isQuoted && sign.length > 1 && sign.startsWith("==")) return false;
  if (kind === "call" && !/token|key|secret/i.test(name)) return false;
  if (isKey(value, { isQuoted, isToken: /token/i.test(name) })) return true;
  const isShort = /secret/i.test(name) && isLast && kind !== "argument";
  if (kind === "fallback" || (kind === "argument" && /secret/i.test(name))) return isQuotedSecret(value);
  return isShort && (isQuoted || setting !== undefined || sign === ":") && isQuotedSecret(value);
}

/** Passphrases with spaces are taken only from the environment's settings: elsewhere sentences are labels. */
function isAssignedLiteral(
  value: string,
  { name, sign, setting, isNameInQuotes, isLast, around }: Place,
): boolean {
  if (isQuotedPassword(value) || APP_PASSWORD.test(value)) return true;
  const isPhrase = /^\S+(?: \S+){1,11}$/.test(value) && !/passw|[.:?!]$/i.test(value) && !isStandIn(value);
  if (isPhrase) return setting !== undefined || (/phrase/i.test(name) && isLast && /^[a-z ]+$/.test(value));
  if (!isLast || !isSmallWord(value)) return false;
  return (
    (sign !== ":" && sign !== "=>" && !isNameInQuotes) || setting !== undefined || CONNECTION.test(around())
  );
}

/** Beside where it connects to, a word is a password; beside other words it may be a translation. */
const CONNECTION = /\b(?:host(?:name)?|port|database|dbname|adapter|driver|datasource)\b["']?[ \t]?[:=]/i;

/** As Google makes them for applications. */
const APP_PASSWORD = /^[a-z]{4}(?: [a-z]{4}){3}$/;

function isAssignedWord(value: string, { sign, setting }: Place): boolean {
  if (sign.startsWith("==") || sign === "=>") return false;
  if (setting !== undefined) return isPasswordInPlace(value) && !/^[\d.]{1,5}$/.test(value);
  return isBarePassword(value, sign === "=" ? 6 : 7);
}
