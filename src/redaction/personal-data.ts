import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { detectPattern } from "./rule.ts";
import type { Detector, Finding } from "./rule.ts";

const LOCAL_CHARACTER = /[A-Za-z0-9._%+-]/;
const MAX_LOCAL_PART = 64;
const DOMAIN = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![\w-])/y;

const URL_BEFORE = /:\/\/[^\s/"'`<>]*$/;

/** `deploy@git.acme.io:owner/name.git` is where a repository lies. */
const REMOTE_AFTER = /^:[\w~.-]*\/[\w~.-]/;

/** Names that documentation uses (RFC 2606), and senders that are nobody. */
const NOBODY_DOMAIN =
  /(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|org|net)|noreply\.github\.com)$/i;
const NOBODY = /^(?:no-?reply|donotreply|git|hg|svn)$/i;
/** `logo@2x.png`, `util@main.js`: names of files look like addresses. */
const FILE_DOMAIN =
  /^\d+x\.|\.(?:png|jpe?g|gif|webp|svg|ico|css|s[ac]ss|less|[cm]?[jt]sx?|json|ya?ml|html?|lock|map|tgz|zip)$/i;

const emails: Detector = function* (text): Generator<Finding> {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    const local = domain === undefined ? "" : localPartBefore(text, at);
    if (domain === undefined || local === "") continue;
    const start = at - local.length;
    // In an address of a service, what stands before the at-sign is a user or a password.
    if (URL_BEFORE.test(text.slice(Math.max(0, start - 128), start))) continue;
    if (REMOTE_AFTER.test(text.slice(at + 1 + domain.length, at + domain.length + 130))) continue;
    const isNobody = NOBODY.test(local) || NOBODY_DOMAIN.test(domain) || FILE_DOMAIN.test(domain);
    if (!isNobody) yield { type: "email", start, end: at + 1 + domain.length };
  }
};

/** Read backwards: a pattern that ends here would be tried from each of the characters before. */
function localPartBefore(text: string, at: number): string {
  let start = at;
  while (at - start < MAX_LOCAL_PART && LOCAL_CHARACTER.test(text[start - 1] ?? "")) start -= 1;
  return text.slice(start, at).replace(/^[.+%-]+/, "");
}

/** With a country's code, as E.164 has it; or as North America writes it. A `+` at a line's start is a diff's. */
const internationalPhones = detectPattern(
  "phone",
  /(?<![\w+.\n-])\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}(?![\w.-]?\d|\w)/g,
  {
    hint: "+",
    accept: (secret, { index }) => index > 0 && isBetween(secret.replace(/\D/g, "").length, 10, 15),
  },
);

const americanPhones = detectPattern(
  "phone",
  /(?<![\w.(+-])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4}(?![\w-]|\.\d)/g,
);

const cards = detectPattern(
  "card-number",
  /(?<![\w.-])[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{2,4}(?![\w-]|\.\d)/g,
  {
    accept: (secret) => isCard(secret.replace(/\D/g, "")),
  },
);

const amexCards = detectPattern("card-number", /(?<![\w.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-]|\.\d)/g, {
  accept: (secret) => isCard(secret.replace(/\D/g, "")),
});

/** Visa, Mastercard, American Express, Discover, JCB and Diners, with the length of each. */
const CARD =
  /^(?:4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|6(?:011|5\d\d)\d{12}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11})$/;

function isCard(digits: string): boolean {
  return CARD.test(digits) && !/^(\d)\1*$/.test(digits) && passesLuhn(digits);
}

function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

/** Resolvers that everybody uses are nobody's. */
const PUBLIC_RESOLVERS = new Set(["1.1.1.1", "1.0.0.1", "8.8.8.8", "8.8.4.4", "9.9.9.9"]);

const ipv4 = detectPattern(
  "ip-address",
  new RegExp(`(?<![\\w.-])${OCTET}(?:\\.${OCTET}){3}(?![\\w-]|\\.\\d|/\\d)`, "g"),
  {
    accept: (secret, { index, input }) =>
      // Four single digits are numbers of something else: a version, a drawing's coordinates.
      secret.length > 7 &&
      !PUBLIC_RESOLVERS.has(secret) &&
      isSomebodys(secret) &&
      !isVersion(input.slice(Math.max(0, index - 24), index)),
  },
);

/** Global unicast only: all of it begins with 2 or 3. */
const ipv6 = detectPattern(
  "ip-address",
  /(?<![\w:.])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:]|\/\d)/gi,
  { hint: ":", accept: (secret) => isIPv6(secret) && isSomebodys(secret) },
);

/** Not of a private, local or documentation network. */
function isSomebodys(address: string): boolean {
  const parsed = ipaddr.parse(address);
  return parsed.range() === "unicast" && !/^2001:0?db8:/i.test(address);
}

/** Four numbers behind such words are a version. */
function isVersion(before: string): boolean {
  return /(?:version|release|\bver|build|[=~^<>]=|[@^~]|\bv)["'\s:=(]*$/i.test(before);
}

function isBetween(count: number, min: number, max: number): boolean {
  return count >= min && count <= max;
}

export const personalDataDetectors: readonly Detector[] = [
  emails,
  internationalPhones,
  americanPhones,
  cards,
  amexCards,
  ipv4,
  ipv6,
];
