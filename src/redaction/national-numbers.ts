import { detectPattern } from "./rule.ts";

/** Countries' lengths of IBANs (ISO 13616). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    "AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GI23 GR27 HR21 HU28 IE22 IL23 IS26 IT27 LI21 " +
    "LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SA24 SE24 SI19 SK24 SM27 TR26 UA29 AE23 BR29"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);

export const ibans = detectPattern(
  "iban",
  /(?<![\w/+.-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w/+])/g,
  { accept: (secret) => isIban(secret.replace(/ /g, "")) },
);

function isIban(text: string): boolean {
  if (IBAN_LENGTHS[text.slice(0, 2)] !== text.length) return false;
  const digits = Array.from(text.slice(4) + text.slice(0, 4), (sign) => parseInt(sign, 36)).join("");
  return Array.from(digits).reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

/** Of the United States. Three, two and four digits are too common to be one without the word. */
export const socialSecurityNumbers = detectPattern(
  "social-security-number",
  /(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g,
  {
    accept: (_, { index, input }) =>
      /ssn|social.?security|tax.?(?:payer)?.?id/i.test(input.slice(Math.max(0, index - 40), index)),
  },
);
