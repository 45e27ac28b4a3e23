import { TOP_LEVEL } from "./areas.ts";
import type { CommitFacts } from "./commit-facts.ts";
import { languagesOf } from "./languages.ts";
import { oneLine } from "./wording.ts";

const MAX_TAGS = 10;
const MAX_CHARACTERS = 64;
const MAX_AREAS = 4;
const MAX_LANGUAGES = 3;

/** Kind, marks, scope, areas and languages; lower case, each once. */
export function toTags(facts: CommitFacts): string[] {
  const { judged, message, areas, files, dependencies, sensitive } = facts;
  const folders = areas
    .filter(({ name, files: own }) => name !== TOP_LEVEL && own.some(({ kind }) => kind !== "test"))
    .map(({ name }) => name);
  const words = [
    ...(judged.kind === "change" ? [] : [judged.kind]),
    ...(message.breaking || message.breakingNotes.length > 0 ? ["breaking"] : []),
    ...(sensitive.length > 0 ? ["security"] : []),
    ...(files.some(({ kind }) => kind === "migration") ? ["migration"] : []),
    ...(dependencies.length > 0 && judged.kind !== "dependency update" ? ["dependencies"] : []),
    ...(message.scope === undefined ? [] : [message.scope]),
    ...languagesOf(files).slice(0, MAX_LANGUAGES),
    ...folders.slice(0, MAX_AREAS),
  ];
  return [...new Set(words.map(toTag))].filter((tag) => tag !== "").slice(0, MAX_TAGS);
}

/** `src/core` stays a path, `Work in progress` becomes `work-in-progress`. */
function toTag(words: string): string {
  const tag = oneLine(words)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}./+#@_-]+/gu, "-");
  return Array.from(tag.slice(0, MAX_CHARACTERS * 2))
    .slice(0, MAX_CHARACTERS)
    .join("")
    .replace(/^-|-$/g, "");
}
