/** About how many bytes a value holds in memory: its JSON, at the two bytes a character that V8 needs at most. */
export function sizeOfJson(value: unknown): number {
  return JSON.stringify(value).length * 2;
}
