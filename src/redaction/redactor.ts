import { credentialDetectors } from "./credentials.ts";
import { personalDataDetectors } from "./personal-data.ts";
import { privateKeyDetectors } from "./private-keys.ts";
import type { Finding } from "./rule.ts";
import { vendorTokenDetectors } from "./vendor-tokens.ts";

/** Where two overlap, the one that begins first wins; of two that begin together, the more telling family. */
const SECRET_DETECTORS = [...privateKeyDetectors, ...vendorTokenDetectors, ...credentialDetectors];
const DETECTORS = [...SECRET_DETECTORS, ...personalDataDetectors];

const PLACEHOLDER = /\[REDACTED:([a-z0-9-]+):(\d{1,9})\]/g;

/** Takes secrets out of the texts of one request. */
export interface Redactor {
  /** The same secret gets the same placeholder in every text, such as `[REDACTED:github-token:1]`. */
  redact(text: string): string;
}

/**
 * Numbers the secrets of each type in the order in which they are met, and goes on behind the placeholders that the
 * texts hold already. The same texts in the same order always get the same placeholders.
 */
export function createRedactor(texts: readonly string[]): Redactor {
  const last = countPlaceholders(texts);
  const known = new Map<string, string>();

  function toPlaceholder(type: string, secret: string): string {
    const placeholder = known.get(secret);
    if (placeholder !== undefined) return placeholder;
    const number = (last.get(type) ?? 0) + 1;
    last.set(type, number);
    const made = `[REDACTED:${type}:${number}]`;
    known.set(secret, made);
    return made;
  }

  return {
    redact: (text) => {
      const findings = findSecrets(text);
      if (findings.length === 0) return text;
      let end = 0;
      const pieces = findings.map((finding) => {
        const before = text.slice(end, finding.start);
        end = finding.end;
        return before + toPlaceholder(finding.type, text.slice(finding.start, finding.end));
      });
      return pieces.join("") + text.slice(end);
    },
  };
}

/** Whether a text holds a secret; personal data are none. */
export function holdsSecret(text: string): boolean {
  return SECRET_DETECTORS.some((detect) => [...detect(text)].length > 0);
}

function countPlaceholders(texts: readonly string[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const text of texts) {
    for (const [, type = "", number] of text.matchAll(PLACEHOLDER)) {
      last.set(type, Math.max(last.get(type) ?? 0, Number(number)));
    }
  }
  return last;
}

/** What is to go, in the order of the text, without overlaps. */
function findSecrets(text: string): readonly Finding[] {
  const all: Finding[] = [];
  for (const detect of DETECTORS) for (const finding of detect(text)) all.push(finding);
  if (all.length === 0) return all;
  all.sort((a, b) => a.start - b.start);
  const kept: Finding[] = [];
  for (const finding of all) {
    const before = kept.at(-1);
    if (before === undefined || finding.start >= before.end) kept.push(finding);
    // A longer one behind a shorter one: what sticks out must go as well.
    else if (finding.end > before.end) kept[kept.length - 1] = { ...before, end: finding.end };
  }
  return kept;
}
