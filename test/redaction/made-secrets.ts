import { createHash } from "node:crypto";

const HEX = "0123456789abcdef";
const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Always the same for a seed; made here, so that no scanner of repositories takes this file for a leak. */
function make(seed: string, length: number, alphabet: string): string {
  let text = "";
  for (let round = 0; text.length < length; round += 1) {
    const bytes = createHash("sha512").update(`${seed}/${round}`).digest();
    text += Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join("");
  }
  return text.slice(0, length);
}

/** Before and behind a key's BEGIN. */
export const DASHES = "-".repeat(5);

export const hex = (length: number, seed = "hex"): string => make(seed, length, HEX);
export const upper = (length: number, seed = "upper"): string =>
  make(seed, length, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
/** With a digit, as good as certain at these lengths. */
export const word = (length: number, seed = "word"): string => make(seed, length, ALPHANUMERIC);
export const base64 = (length: number, seed = "base64"): string => make(seed, length, `${ALPHANUMERIC}+/`);
export const digits = (length: number, seed = "digits"): string => make(seed, length, "123456789");

/** One token of each vendor, by type. */
export const VENDOR_TOKENS: readonly (readonly [type: string, token: string])[] = [
  ...["ghp", "gho", "ghu", "ghs", "ghr"].map(
    (kind) => ["github-token", `${kind}_${word(36, kind)}`] as const,
  ),
  ["github-token", `github_pat_${word(22)}_${word(59)}`],
  ...["glpat", "gldt", "glrt", "glptt", "glft"].map(
    (kind) => ["gitlab-token", `${kind}-${word(20, kind)}`] as const,
  ),
  ["aws-access-key-id", `AKIA${upper(16)}`],
  ["aws-access-key-id", `ASIA${upper(16, "b")}`],
  ["google-api-key", `AIza${word(35)}`],
  ["google-oauth-token", `ya29.${word(60)}`],
  ["google-oauth-token", `GOCSPX-${word(28)}`],
  ["azure-client-secret", `abc8Q~${word(34)}`],
  ["slack-token", `xoxb-${digits(11)}-${digits(12)}-${word(24)}`],
  ["slack-token", `xoxp-${digits(11)}-${digits(12)}-${hex(32)}`],
  ["slack-token", `xapp-1-A${upper(10)}-${digits(13)}-${hex(64)}`],
  ["discord-token", `MT${word(22)}.${word(6)}.${word(38)}`],
  ["stripe-key", `sk_live_${word(24)}`],
  ["stripe-key", `rk_test_${word(24)}`],
  ["stripe-key", `whsec_${word(32)}`],
  ["anthropic-key", `sk-ant-api03-${word(93)}AA`],
  ["openrouter-key", `sk-or-v1-${hex(64)}`],
  ["openai-key", `sk-proj-${word(48)}`],
  ["openai-key", `sk-svcacct-${word(48)}`],
  ["openai-key", `sk-${word(20)}T3BlbkFJ${word(20, "c")}`],
  ["groq-key", `gsk_${word(52)}`],
  ["huggingface-token", `hf_${word(34)}`],
  ["replicate-token", `r8_${word(37)}`],
  ["perplexity-key", `pplx-${word(48)}`],
  ["xai-key", `xai-${word(80)}`],
  ["npm-token", `npm_${word(36)}`],
  ["pypi-token", `pypi-AgEIcHlwaS5vcmc${word(60)}`],
  ["rubygems-key", `rubygems_${hex(48)}`],
  ["docker-token", `dckr_pat_${word(27)}`],
  ["sendgrid-key", `SG.${word(22)}.${word(43)}`],
  ["mailgun-key", `key-${hex(32)}`],
  ["twilio-key", `SK${hex(32)}`],
  ["shopify-token", `shpat_${hex(32)}`],
  ["shopify-token", `shpss_${hex(32)}`],
  ["square-token", `sq0atp-${word(22)}`],
  ["square-token", `EAAA${word(60)}`],
  ["digitalocean-token", `dop_v1_${hex(64)}`],
  ["databricks-token", `dapi${hex(32)}`],
  ["linear-key", `lin_api_${word(40)}`],
  ["notion-token", `ntn_${word(46)}`],
  ["notion-token", `secret_${word(43)}`],
  ["figma-token", `figd_${word(43)}`],
  ["sentry-token", `sntrys_${word(80)}`],
  ["newrelic-key", `NRAK-${upper(27)}`],
  ["vault-token", `hvs.${word(28)}`],
  ["1password-token", `ops_eyJ${word(100)}`],
  ["1password-token", `ops_eyJ${word(40)}+/${word(60)}==`],
  ["shopify-token", `shpca_${word(38)}`],
  ["linear-key", `lin_api_${word(20)}_${word(30)}`],
  ["grafana-token", `glsa_${word(32)}_${hex(8)}`],
  ["grafana-token", `glc_${word(60)}`],
  ["postman-key", `PMAK-${hex(24)}-${hex(34)}`],
  ["doppler-token", `dp.pt.${word(43)}`],
  ["supabase-key", `sbp_${hex(40)}`],
  ["supabase-key", `sb_secret_${word(32)}`],
  ["netlify-token", `nfp_${word(36)}`],
  ["fly-token", `fo1_${word(43)}`],
  ["planetscale-token", `pscale_tkn_${word(43)}`],
  ["pulumi-token", `pul-${hex(40)}`],
  ["terraform-token", `${word(14)}.atlasv1.${word(67)}`],
  ["atlassian-token", `ATATT3${word(180)}`],
  ["age-key", `AGE-SECRET-KEY-1${upper(58)}`],
  ["facebook-token", `EAACEdEose0cBA${word(30)}`],
  ["jwt", `eyJ${word(33)}.eyJ${word(60)}.${word(43)}`],
];
