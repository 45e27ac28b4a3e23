/** Characters of all texts inside of a value, however deep. */
export function countText(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + countText(part), 0);
}
