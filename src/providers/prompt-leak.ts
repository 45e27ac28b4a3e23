import type { PromptInput } from "../core/ports.ts";
import type { ReportContent } from "../core/report.ts";
import { SYSTEM } from "./prompt.ts";

/** A shorter run of words may well stand in a report by itself. */
const MIN_TELLING_LENGTH = 40;

/** They are the same for every report. */
const INSTRUCTIONS = toSentences(SYSTEM);

/**
 * True when a report repeats a sentence of the instructions, as a commit may talk a model into. What the commit itself
 * holds, such as a change of this very prompt, gives nothing away.
 */
export function leaksPrompt(content: ReportContent, { prompt }: Pick<PromptInput, "prompt">): boolean {
  const written = normalize(toText(content));
  const repeated = INSTRUCTIONS.filter((sentence) => written.includes(sentence));
  // The prompt holds the whole diff, and hardly any report asks for it.
  if (repeated.length === 0) return false;
  const known = normalize(prompt);
  return repeated.some((sentence) => !known.includes(sentence));
}

function toText({ changes, nextSteps, tags, ...texts }: ReportContent): string {
  return [...Object.values(texts), ...changes, ...nextSteps, ...tags].join("\n");
}

function toSentences(text: string): readonly string[] {
  return text
    .split(/\n|(?<=[.:]) /)
    .map(normalize)
    .filter((sentence) => sentence.length >= MIN_TELLING_LENGTH);
}

function normalize(text: string): string {
  return text.replace(/\s+/g, " ").trim().toLowerCase();
}
