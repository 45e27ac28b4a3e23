import type { ChangedFile } from "./changed-files.ts";
import { declarationPatterns, declaredName } from "./declaration-patterns.ts";

/** What a commit does to the functions, types and the like of one file. Names, in the order in which they stand. */
export interface DeclarationChanges {
  readonly path: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Removed here, and added in another file of the commit. */
  readonly movedAway: readonly string[];
  /** Their first line changes: a name, a parameter or a type. */
  readonly redeclared: readonly string[];
  /** Lines within them change. */
  readonly edited: readonly string[];
}

interface Found {
  readonly path: string;
  /** First lines by name. */
  readonly added: ReadonlyMap<string, string>;
  readonly removed: ReadonlyMap<string, string>;
  readonly edited: ReadonlySet<string>;
}

/** Reads what is declared on changed lines and in the hunks' headings of source files. */
export function declarationChanges(files: readonly ChangedFile[]): readonly DeclarationChanges[] {
  const found = files.filter(({ kind }) => kind === "source").map(find);
  const addedAnywhere = new Set(found.flatMap(({ added }) => [...added.keys()]));
  return found.map((each) => compare(each, addedAnywhere)).filter(hasChanges);
}

function find({ path, lines }: ChangedFile): Found {
  const patterns = declarationPatterns(path);
  const found = {
    path,
    added: new Map<string, string>(),
    removed: new Map<string, string>(),
    edited: new Set<string>(),
  };
  if (patterns.length === 0) return found;
  let enclosing: string | undefined;
  for (const { kind, text } of lines) {
    const name = declaredName(text, patterns);
    enclosing = kind === "heading" ? name : (name ?? enclosing);
    if (kind === "heading" || kind === "context") continue;
    if (name !== undefined) found[kind].set(name, text.trim());
    else if (enclosing !== undefined && text.trim() !== "") found.edited.add(enclosing);
  }
  return found;
}

function compare(
  { path, added, removed, edited }: Found,
  addedAnywhere: ReadonlySet<string>,
): DeclarationChanges {
  const gone = [...removed.keys()].filter((name) => !added.has(name));
  const stayed = [...added].filter(([name]) => removed.has(name));
  return {
    path,
    added: [...added.keys()].filter((name) => !removed.has(name)),
    removed: gone.filter((name) => !addedAnywhere.has(name)),
    movedAway: gone.filter((name) => addedAnywhere.has(name)),
    redeclared: stayed.filter(([name, line]) => removed.get(name) !== line).map(([name]) => name),
    edited: [...edited].filter((name) => !added.has(name) && !removed.has(name)),
  };
}

function hasChanges({ added, removed, movedAway, redeclared, edited }: DeclarationChanges): boolean {
  return [added, removed, movedAway, redeclared, edited].some((names) => names.length > 0);
}
