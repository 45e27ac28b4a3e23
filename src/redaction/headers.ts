import { detectPattern, lineBefore } from "./rule.ts";
import type { Detector } from "./rule.ts";
import { isStandIn } from "./stand-ins.ts";

const authorizations = detectPattern(
  "authorization",
  /authorization["'`]?\]?\s{0,4}(?:[:=,]|=>)\s{0,4}["'`]?(?:bearer|basic|token|bot|apikey|key|negotiate|genie-?key)\s{1,4}(?<secret>[A-Za-z0-9._~+/=-]{12,4096})/gi,
  { accept: (secret) => !isStandIn(secret) && /\d|[a-z][A-Z]/.test(secret) },
);

const digestResponses = detectPattern("authorization", /response="(?<secret>[0-9a-f]{32,64})"/g, {
  hint: 'response="',
  accept: (_, match) => /digest/i.test(lineBefore(match, 600)),
});

/** Sessions of the usual frameworks: who has one is logged in. */
const cookies = detectPattern(
  "session-cookie",
  /(?:sessionid|session_id|session|connect\.sid|PHPSESSID|JSESSIONID|_session|auth_token|remember_token)=(?<secret>[\w%.:+-]{16,4096})/g,
  {
    hint: "=",
    accept: (secret, match) =>
      /cookie|curl/i.test(lineBefore(match)) && /\d/.test(secret) && !isStandIn(secret),
  },
);

export const headerDetectors: readonly Detector[] = [authorizations, digestResponses, cookies];
