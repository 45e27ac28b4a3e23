import { detectPattern } from "./rule.ts";
import type { Detector } from "./rule.ts";
import { isStandIn } from "./stand-ins.ts";

const accept = (secret: string): boolean => !isStandIn(secret);

/** `IDENTIFIED BY 'x'`, `WITH PASSWORD 'x'` in SQL. */
const sqlPasswords = detectPattern(
  "password",
  /(?:\bidentified\s{1,4}(?:with\s{1,4}\w{1,40}\s{1,4})?by|\b(?:with|encrypted|login|(?:user|role)\s{1,4}["\w]{1,40})\s{1,4}password)\s{1,4}["'](?<secret>[^"'\n]{3,128})["']/gi,
  { accept },
);

/** Calls whose argument is a secret by what the function does. */
const callSecrets = [
  detectPattern(
    "secret",
    /\bjwt\.(?:sign|verify)\([^'"`\n]{0,120},\s{0,4}["'](?<secret>[^"'\n]{6,256})["']/g,
    {
      hint: "jwt.",
      accept,
    },
  ),
  detectPattern("secret", /\bsession\(\{[^{}]{0,120}?\bsecret:\s{0,4}["'](?<secret>[^"'\n]{6,256})["']/g, {
    hint: "session(",
    accept,
  }),
  detectPattern("secret", /\bClient(?:V2)?\(\s{0,4}["'](?<secret>[A-Za-z0-9]{32,64})["']/g, {
    hint: "Client",
    accept: (secret) => /\d/.test(secret) && /[a-z]/.test(secret) && /[A-Z]/.test(secret),
  }),
  detectPattern(
    "password",
    /\bPlainAuth\(\s{0,4}"[^"\n]{0,64}",\s{0,4}"[^"\n]{0,64}",\s{0,4}"(?<secret>[^"\n]{4,128})"/g,
    { hint: "PlainAuth", accept },
  ),
  detectPattern("secret", /\bsonar\.login[ \t]?[=:][ \t]?(?<secret>[0-9a-f]{40})\b/g, {
    hint: "sonar.login",
  }),
  detectPattern("twilio-token", /\bAC[0-9a-f]{32}["'`]?\s{0,4}[,:]\s{0,4}["'`]?(?<secret>[0-9a-f]{32})\b/g, {
    hint: "AC",
  }),
  detectPattern(
    "aws-secret-access-key",
    /\bA(?:KIA|SIA)[A-Z2-7]{16}["']?[,;:\t ]{1,3}["']?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/g,
    { hint: "A" },
  ),
];

/** `user:$apr1$…` of an `.htpasswd`, and those of `/etc/shadow`. They can be guessed at leisure. */
const passwordHashes = detectPattern(
  "password-hash",
  /\$(?:(?:apr1|[156])\$(?:rounds=\d{1,9}\$)?[\w./]{1,16}\$[\w./]{22,86}|2[abxy]\$\d\d\$[\w./]{53}|y\$[\w./]{1,10}\$[\w./]{1,64}\$[\w./]{43}|argon2(?:id|i|d)\$[\w=,$]{1,64}\$[\w+/]{11,64}\$[\w+/]{22,128})(?![\w./])/g,
  { hint: "$" },
);

export const statementDetectors: readonly Detector[] = [sqlPasswords, ...callSecrets, passwordHashes];
