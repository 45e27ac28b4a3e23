import type { CommitFacts } from "./commit-facts.ts";
import { joinWithin, list } from "./wording.ts";

const MAX_CHARACTERS = 4_000;

/** The commit message's own words; never a reason that it doesn't give. */
export function toRationale({ message, references }: CommitFacts): string {
  if (message.paragraphs.length > 0) return joinWithin(message.paragraphs, "\n\n", MAX_CHARACTERS);
  const missing =
    message.bullets.length > 0
      ? "The commit message lists what it does, but gives no reason."
      : "The commit message gives no reason.";
  if (references.length === 0) return missing;
  return `${missing} It names ${list(references)}, where one may stand.`;
}
