export { fitDiff } from "./diff/fit-diff.ts";
export { parseDiff } from "./diff/parse-diff.ts";
export type { FileDiff } from "./diff/file-diff.ts";
