import type { DeclarationChanges } from "./declaration-changes.ts";
import { code, listOf } from "./wording.ts";

/** `` adds `a` and `b`; removes `c` ``, for one file. */
export function describeDeclarations(changes: DeclarationChanges): string {
  const parts = [
    ["adds", changes.added],
    ["removes", changes.removed],
    ["moves elsewhere", changes.movedAway],
    ["changes the declaration of", changes.redeclared],
    ["edits", changes.edited],
  ] as const;
  return parts
    .filter(([, names]) => names.length > 0)
    .map(([verb, names]) => `${verb} ${listOf(names, code)}`)
    .join("; ");
}
