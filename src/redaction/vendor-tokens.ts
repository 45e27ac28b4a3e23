import { detectPattern } from "./rule.ts";
import type { Detector, Finding } from "./rule.ts";

/**
 * Tokens that their vendors made recognizable: type, and how they begin and go on. Each is looked for only at the
 * beginning of a long word, so that hundreds of kilobytes of code take milliseconds.
 */
const TOKENS: readonly (readonly [type: string, pattern: RegExp])[] = [
  ["github-token", /^(?:gh[pousr]_\w{36,255}|github_pat_\w{22,255})(?!\w)/],
  ["gitlab-token", /^gl(?:pat|dt|rt|soat|ptt|cbt|ft|imt|agent|oas|ffct|wt)-[\w-]{20,}/],
  ["aws-access-key-id", /^A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?!\w)/],
  ["google-api-key", /^AIza[\w-]{35}(?![\w-])/],
  ["google-oauth-token", /^(?:ya29\.[\w-]{20,}|GOCSPX-[\w-]{28})/],
  ["azure-client-secret", /^[\w.~-]{3}8Q~[\w.~-]{34}(?!\w)/],
  ["slack-token", /^(?:xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{20,})/],
  ["discord-token", /^[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])/],
  ["stripe-key", /^(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,})/],
  ["anthropic-key", /^sk-ant-[\w-]{20,}/],
  ["openrouter-key", /^sk-or-v1-[0-9a-f]{32,}/],
  ["openai-key", /^sk-(?:(?:proj|svcacct|admin)-[\w-]{20,}|[A-Za-z0-9]{32,}(?![\w-]))/],
  ["groq-key", /^gsk_[A-Za-z0-9]{40,}/],
  ["huggingface-token", /^hf_[A-Za-z0-9]{30,}/],
  ["replicate-token", /^r8_[A-Za-z0-9]{37}(?!\w)/],
  ["perplexity-key", /^pplx-[A-Za-z0-9]{40,}/],
  ["xai-key", /^xai-[A-Za-z0-9]{60,}/],
  ["npm-token", /^npm_\w{36}(?!\w)/],
  ["pypi-token", /^pypi-AgE[\w-]{50,}/],
  ["rubygems-key", /^rubygems_[0-9a-f]{48}(?!\w)/],
  ["docker-token", /^dckr_(?:pat|oat)_[\w-]{20,}/],
  ["sendgrid-key", /^SG\.[\w-]{16,32}\.[\w-]{32,64}/],
  ["mailgun-key", /^key-[0-9a-f]{32}(?!\w)/],
  ["twilio-key", /^SK[0-9a-f]{32}(?!\w)/],
  ["shopify-token", /^shp(?:at|ca|pa|ss)_[A-Za-z0-9]{32,64}(?!\w)/],
  ["square-token", /^(?:sq0(?:atp|csp|idp)-[\w-]{22,43}|EAAA[\w-]{60}(?![\w-]))/],
  ["digitalocean-token", /^do[oprt]_v1_[0-9a-f]{64}(?!\w)/],
  ["databricks-token", /^dapi[0-9a-f]{32}(?!\w)/],
  ["linear-key", /^lin_(?:api|oauth)_\w{32,}/],
  ["notion-token", /^(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?!\w))/],
  ["figma-token", /^fig[dou]_?[\w-]{40,}/],
  ["sentry-token", /^sntry[su]_[\w-]{40,}/],
  ["newrelic-key", /^NRAK-[A-Z0-9]{27}(?!\w)/],
  ["vault-token", /^hv[bsr]\.[\w-]{24,}/],
  ["1password-token", /^ops_ey[\w+/-]{60,}={0,2}/],
  ["grafana-token", /^gl(?:c_[A-Za-z0-9]{32,}|sa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8})(?!\w)/],
  ["postman-key", /^PMAK-[0-9a-f]{24}-[0-9a-f]{34}(?!\w)/],
  ["doppler-token", /^dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}/],
  ["supabase-key", /^(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,})/],
  ["netlify-token", /^nfp_[A-Za-z0-9]{36,}/],
  ["fly-token", /^fo1_[\w-]{43}(?![\w-])/],
  ["planetscale-token", /^pscale_(?:tkn|pw|oauth)_[\w.-]{32,}/],
  ["pulumi-token", /^pul-[0-9a-f]{40}(?!\w)/],
  ["terraform-token", /^[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}/],
  ["atlassian-token", /^AT[AC]TT3[\w-]{60,}(?:=[0-9A-F]{8})?/],
  ["age-key", /^AGE-SECRET-KEY-1[A-Z0-9]{58}(?!\w)/],
  ["facebook-token", /^EAA(?:CEdEose0cBA[A-Za-z0-9]{20,}|[A-Za-z0-9]{90,})/],
  ["twitter-token", /^A{19,}[A-Za-z0-9%]{60,}/],
  ["brevo-key", /^xkeysib-[0-9a-f]{64}-\w{16}(?!\w)/],
  ["resend-key", /^re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,32}(?!\w)/],
  ["tailscale-key", /^tskey-[a-z]{3,12}-[\w-]{16,}/],
  ["flutterwave-key", /^FLWSECK(?:_TEST)?-[0-9A-Za-z]{12,64}(?:-X)?/],
  ["alibaba-key-id", /^LTAI[A-Za-z0-9]{16,24}(?!\w)/],
  ["tencent-key-id", /^AKID[A-Za-z0-9]{28,40}(?!\w)/],
  ["artifactory-key", /^AKCp[A-Za-z0-9]{65,75}(?!\w)/],
  ["nuget-key", /^oy2[a-z0-9]{43}(?!\w)/],
  ["mailchimp-key", /^[0-9a-f]{32}-us\d{1,2}(?!\w)/],
  ["sonar-token", /^sq[apu]_[0-9a-f]{40}(?!\w)/],
  ["hubspot-token", /^pat-(?:na|eu)\d-[0-9a-f]{8}-[0-9a-f-]{27}(?!\w)/],
  ["airtable-token", /^pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?!\w)/],
  ["buildkite-token", /^bk[ua]a_[0-9a-f]{40}(?!\w)/],
  ["circleci-token", /^CCIPAT_\w{20,}/],
  ["contentful-token", /^CFPAT-[\w-]{40,}/],
  ["dynatrace-token", /^dt0[a-z]\d\d\.[A-Z2-7]{24}\.[A-Z2-7]{64}(?!\w)/],
  ["posthog-key", /^phx_[A-Za-z0-9]{40,}(?!\w)/],
  ["jwt", /^eyJ[\w-]{10,}\.eyJ[\w-]{8,}\.[\w-]{10,}/],
];

/** The letters that a token's first may be, from its pattern: most words begin with none, or with few. */
const BY_FIRST = groupByFirst();

/** Most that is looked at behind a word. */
const MAX_TAIL = 1_500;

/** Words that may be tokens, or hold one after an escape or a diff's mark. No short one is tried from its middle. */
const WORDS = /(?<![A-Za-z0-9_.~-])[A-Za-z0-9_.~-]{16,}/g;

const words: Detector = function* (text): Generator<Finding> {
  for (const match of text.matchAll(WORDS)) {
    // In `"\nghp_…"` the word begins with the escape's letter.
    const escaped = text[match.index - 1] === "\\" ? 1 : 0;
    const lead = escaped + (/^[-._~]*/.exec(match[0].slice(escaped))?.[0].length ?? 0);
    const start = match.index + lead;
    // Some go on after what ends a word, in base64.
    const found = findToken(text.slice(start, match.index + match[0].length + MAX_TAIL));
    if (found === undefined) continue;
    yield { type: found.type, start, end: start + found.length };
  }
};

function findToken(beginning: string): { readonly type: string; readonly length: number } | undefined {
  for (const [type, pattern] of BY_FIRST.get(beginning[0] ?? "") ?? []) {
    const token = pattern.exec(beginning)?.[0];
    if (token !== undefined) return { type, length: token.length };
  }
  return undefined;
}

function groupByFirst(): ReadonlyMap<string, typeof TOKENS> {
  const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
  const mayBegin = (source: string, letter: string): boolean => {
    const body = source.replace(/^\^/, "");
    const alternatives = body.startsWith("(?:") ? splitAlternatives(body.slice(3)) : [body];
    return alternatives.some((alternative) =>
      new RegExp(`^${/^\[[^\]]*\]|^./.exec(alternative)?.[0] ?? ""}`).test(letter),
    );
  };
  return new Map(
    letters.map((letter) => [letter, TOKENS.filter(([, { source }]) => mayBegin(source, letter))]),
  );
}

/** What stands between the bars of a group that begins here, but for groups inside of it. */
function splitAlternatives(group: string): readonly string[] {
  const alternatives = [""];
  let depth = 0;
  for (const sign of group) {
    depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    if (depth < 0) break;
    if (sign === "|" && depth === 0) alternatives.push("");
    else alternatives.push(`${alternatives.pop() ?? ""}${sign}`);
  }
  return alternatives;
}

const firebaseKeys = detectPattern("firebase-key", /(?<![\w-])AAAA[\w-]{7}:APA91b[\w-]{100,200}/g, {
  hint: ":APA91b",
});

const telegramTokens = detectPattern("telegram-token", /(?<!\d)\d{8,10}:AA[\w-]{33}(?![\w-])/g, {
  hint: ":AA",
});

/** As Google makes them for applications: four groups of four small letters. */
const googleAppPasswords = detectPattern(
  "google-app-password",
  /[Pp]ass(?:w(?:or)?d)?=(?<secret>[a-z]{4}(?: [a-z]{4}){3})(?![ \w])/g,
  { hint: "ass" },
);

export const vendorTokenDetectors: readonly Detector[] = [
  words,
  firebaseKeys,
  telegramTokens,
  googleAppPasswords,
];
