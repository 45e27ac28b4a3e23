import { isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { detectEmails } from "./emails.ts";
import { ibans, socialSecurityNumbers } from "./national-numbers.ts";
import { detectPattern } from "./rule.ts";
import type { Detector } from "./rule.ts";

/** With a country's code, as E.164 has it; or as North America writes it. The first `+` of a line is a diff's. */
const internationalPhones = detectPattern(
  "phone",
  /(?<![\w.\n]|(?<!\n|^)[-+])\+[1-9]\d{0,2}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}(?![\w.-]?\d|\w)/g,
  {
    hint: "+",
    accept: (secret, { index }) => index > 0 && isBetween(secret.replace(/\D/g, "").length, 10, 15),
  },
);

const americanPhones = detectPattern(
  "phone",
  /(?<![\w.(+-])(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-.])[2-9]\d{2}[-.]\d{4}(?![\w-]|\.\d)/g,
  // Numbers of films and documentation.
  { accept: (secret) => !/555.01\d\d$/.test(secret) },
);

const cards = detectPattern(
  "card-number",
  /(?<![\w.-])[2-6]\d{3}(?:[ _-]?\d{4}){2}[ _-]?\d{2,4}(?![\w-]|\.\d)/g,
  { accept: isSomebodysCard },
);

const amexCards = detectPattern("card-number", /(?<![\w.-])3[47]\d{2}[ _-]?\d{6}[ _-]?\d{5}(?![\w-]|\.\d)/g, {
  accept: isSomebodysCard,
});

/** Behind such a name, digits without gaps are a number of something else that passes the check by chance. */
const OTHER_NUMBER =
  /\b(?:id|\w{0,24}(?:_id|Id)|sha|hash|ref|rev|commit|order|time|timestamp|offset|size|bytes|count)["']?\s{0,2}[:=]\s{0,2}["']?$/;

function isSomebodysCard(secret: string, { index, input }: RegExpExecArray): boolean {
  const isGrouped = /\D/.test(secret);
  if (!isCard(secret.replace(/\D/g, ""))) return false;
  return isGrouped || !OTHER_NUMBER.test(input.slice(Math.max(0, index - 40), index));
}

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
  new RegExp(`(?<![\\w.-])${OCTET}(?:\\.${OCTET}){3}(?![\\w-]|\\.\\d|/(?!32\\b)\\d)`, "g"),
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

/** Four numbers behind such words are a version, or a chapter of a standard. */
function isVersion(before: string): boolean {
  return /(?:version|release|\bsection|[§$]|\bver|build(?!\s*=)|[~^<>]=|[@^~]|\bv)["'\s:=(]*$|\w==$/i.test(
    before,
  );
}

function isBetween(count: number, min: number, max: number): boolean {
  return count >= min && count <= max;
}

export const personalDataDetectors: readonly Detector[] = [
  detectEmails,
  internationalPhones,
  americanPhones,
  cards,
  amexCards,
  ipv4,
  ipv6,
  ibans,
  socialSecurityNumbers,
];
