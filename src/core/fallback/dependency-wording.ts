import type { DependencyChange } from "./dependency-changes.ts";
import { code, list } from "./wording.ts";

const MAX_NAMES = 10;

/** What one manifest adds, updates and removes, a phrase for each; none when it does nothing of it. */
export function describeDependencies(changes: readonly DependencyChange[]): string[] {
  const added = changes.filter(({ before }) => before === undefined);
  const removed = changes.filter(({ after }) => after === undefined);
  const updated = changes.filter(({ before, after }) => before !== undefined && after !== undefined);
  const parts = [
    ["adds", added.map(({ name, after }) => `${code(name)}${versionOf(after)}`)],
    ["changes", updated.map(describeUpdate)],
    ["removes", removed.map(({ name, before }) => `${code(name)}${versionOf(before)}`)],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${verb} ${list(names, MAX_NAMES)}`);
}

function versionOf(version = ""): string {
  return version === "" ? "" : ` ${version}`;
}

/** `` `zod` from ^3.22.0 to ^4.0.0 `` */
export function describeUpdate({ name, before = "", after = "" }: DependencyChange): string {
  return `${code(name)} from ${before || "any version"} to ${after || "any version"}`;
}
