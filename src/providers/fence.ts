import { createHash } from "node:crypto";

/**
 * Sets untrusted text between two lines that carry a marker. The marker is a hash of the text, so nobody can write a
 * text that holds its own marker and so closes its fence from inside; and the same text gets the same fence, which
 * keeps prompts reproducible and cacheable.
 */
export function fence(label: string, content: string): string {
  const marker = toMarker(content, 0);
  return `BEGIN ${label} ${marker}\n${content}\nEND ${label} ${marker}`;
}

function toMarker(content: string, round: number): string {
  const marker = createHash("sha256").update(`${round}\n`).update(content).digest("hex").slice(0, 32);
  return content.includes(marker) ? toMarker(content, round + 1) : marker;
}
