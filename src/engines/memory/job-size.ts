import type { QueuedJob } from "../../core/ports.ts";

/** About how many bytes a job holds in memory: its texts, at the two bytes a character that V8 needs at most. */
export function jobSize({ request }: QueuedJob): number {
  const { message, diffSummary, template = "", files, components } = request;
  const texts = [message, diffSummary, template, ...files, ...components];
  return texts.reduce((characters, text) => characters + text.length, 0) * 2;
}
