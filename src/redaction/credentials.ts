import { detectPattern } from "./rule.ts";
import type { Detector } from "./rule.ts";

/** What stands where a secret will be, and is none: `${VAR}`, `<your key>`, `%s`, `xxxx`, or what we put there. */
const STAND_IN =
  /^(?:\$|%|<|\{|\[REDACTED:|#\{|process\.|os\.|env[.[(]|import\.|null$|true$|false$|undefined$|none$|nil$|x{3,}|\*{3,}|\.{3}|-{3,}|(?:change|replace)[-_ ]?(?:me|this|it)|example|sample|dummy|placeholder|redacted|your|my[-_]|test[-_]|fake|todo|insert|enter)/i;

function isStandIn(value: string): boolean {
  return STAND_IN.test(value) || /^(.)\1*$/.test(value);
}

/** `scheme://user:password@host`: the password alone goes. */
const urlPasswords = detectPattern(
  "url-password",
  /:\/\/[^\s:@/"'`<>]{0,128}:(?<secret>[^\s@/"'`<>]{1,256})@(?=[\w[$.{-])/g,
  { hint: "://", accept: (secret) => !isStandIn(secret) },
);

const authorizations = detectPattern(
  "authorization",
  /authorization["'`]?\]?\s{0,4}(?:[:=,]|=>)\s{0,4}["'`]?(?:bearer|basic|token|bot)\s{1,4}(?<secret>[A-Za-z0-9._~+/=-]{12,4096})/gi,
  { accept: (secret) => !isStandIn(secret) && /\d|[a-z][A-Z]/.test(secret) },
);

const azureKeys = detectPattern("azure-storage-key", /AccountKey=(?<secret>[A-Za-z0-9+/]{40,120}={0,2})/g, {
  hint: "AccountKey=",
});

const azureSignatures = detectPattern(
  "azure-signature",
  /[?&]sig=(?<secret>[A-Za-z0-9%+/]{40,120}(?:%3D|=){0,2})/g,
  { hint: "sig=" },
);

const slackWebhooks = detectPattern(
  "slack-webhook",
  /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[A-Za-z0-9/]{20,120})/g,
  { hint: "hooks.slack.com/" },
);

const discordWebhooks = detectPattern(
  "discord-webhook",
  /discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/\d{15,20}\/(?<secret>[\w-]{40,120})/g,
  { hint: "/webhooks/" },
);

/** In an `.npmrc`, older ones are UUIDs, which are left alone elsewhere. */
const npmTokens = detectPattern("npm-token", /_authToken\s?=\s?["']?(?<secret>[\w./+=-]{16,256})/g, {
  hint: "_authToken",
  accept: (secret) => !isStandIn(secret),
});

const telegramTokens = detectPattern("telegram-token", /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/g, {
  hint: ":AA",
});

/** Names whose values are secrets, and what may stand between a name and its value. */
const NAMES =
  "passw(?:or)?d|passphrase|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?";

const ASSIGNMENT = new RegExp(
  `(?<name>${NAMES})(?<rest>[\\w-]{0,20})["'\`]?\\]?\\s{0,8}(?::=|=>|[:=])\\s{0,8}(?<quote>["'\`]?)`,
  "gi",
);

const MAX_VALUE = 512;

/** What ends a value in quotes, and one without. */
const QUOTED_END = /["'`\s]/g;
const BARE_END = /[\s"'`,;(){}<>[\]$&|]/g;

/** A value that a name says is secret, if it looks like one: code, words, paths and addresses do not. */
const assignments: Detector = function* (text) {
  const endOfQuoted = createEndFinder(text, QUOTED_END);
  const endOfBare = createEndFinder(text, BARE_END);
  for (const match of text.matchAll(ASSIGNMENT)) {
    const { name = "", rest = "", quote = "" } = match.groups ?? {};
    const isPassword = /^pass|^pwd/i.test(name);
    if (/hash|digest|type|name|id$|url|uri|file|path|label|length|count|limit|expir|header|field/i.test(rest))
      continue;
    const isQuoted = quote !== "";
    const start = match.index + match[0].length;
    const end = isQuoted ? endOfQuoted(start) : endOfBare(start);
    if (end - start < (isQuoted ? 6 : 8) || end - start > MAX_VALUE) continue;
    if (!(isQuoted ? text[end] === quote : /^[\s,;&]?$/.test(text[end] ?? ""))) continue;
    if (!looksSecret(text.slice(start, end), { isPassword, isQuoted, name })) continue;
    yield { type: isPassword ? "password" : "secret", start, end };
  }
};

/**
 * Where the run of characters ends that holds a place. Places are asked for in their order: a run is read once, however
 * many names stand in it, where a pattern would read it from each.
 */
function createEndFinder(text: string, ends: RegExp): (from: number) => number {
  let end = -1;
  return (from) => {
    if (from <= end) return end;
    ends.lastIndex = from;
    end = ends.exec(text)?.index ?? text.length;
    return end;
  };
}

interface Assigned {
  readonly name: string;
  readonly isPassword: boolean;
  readonly isQuoted: boolean;
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function looksSecret(value: string, { name, isPassword, isQuoted }: Assigned): boolean {
  if (isStandIn(value)) return false;
  if (UUID.test(value)) return !/token/i.test(name);
  // Addresses, paths, integrity hashes, versions, and names of things.
  if (/:\/\/|^[./~@]|\.(?:[a-z]{2,4})$|^sha\d+-|^v?\d+(?:\.\d+)+/i.test(value)) return false;
  if (!/\d/.test(value) || !/[A-Za-z]/.test(value)) return isPassword && isQuoted && isMixed(value);
  // A passphrase in quotes may well be made of words.
  if (isPassword) return isQuoted || (value.length >= 8 && !isWords(value));
  const isDense = isQuoted && /[a-z]/.test(value) && /[A-Z]/.test(value);
  return value.length >= (isDense ? 12 : 16) && !isWords(value);
}

/** Letters of both cases, or letters with signs that no identifier has. */
function isMixed(value: string): boolean {
  return value.length >= 8 && /[a-z]/i.test(value) && /[!@#$%^&*+=?~]/.test(value);
}

/** Words joined as in a name, with at most a short number at an end of one: `user_token_v2`, `sha256-digest`. */
function isWords(value: string): boolean {
  return /^(?:[A-Z]?[a-z]+\d{0,3}|[A-Z]+\d{0,2})(?:[._:-](?:[A-Za-z]+\d{0,3}|\d{1,2})|[A-Z][a-z]+\d{0,2})+$/.test(
    value,
  );
}

export const credentialDetectors: readonly Detector[] = [
  urlPasswords,
  authorizations,
  azureKeys,
  azureSignatures,
  slackWebhooks,
  discordWebhooks,
  npmTokens,
  telegramTokens,
  assignments,
];
