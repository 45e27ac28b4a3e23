/** The two names a file's header gives; undefined for a side that has no file. */
export interface HeaderPaths {
  readonly oldPath: string | undefined;
  readonly newPath: string | undefined;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const QUOTED_PART = /\\([0-7]{3})|\\(.)|[^\\]+/gsu;

/** Reads git's C-style quoting (`"\303\244.txt"`, octal bytes of UTF-8); a name without quotes stays as it is. */
export function unquotePath(name: string): string {
  if (name.length < 2 || !name.startsWith('"') || !name.endsWith('"')) return name;
  const parts = Array.from(name.slice(1, -1).matchAll(QUOTED_PART), ([text, octal, escaped]) => {
    if (octal !== undefined) return Buffer.from([Number.parseInt(octal, 8)]);
    return Buffer.from(escaped === undefined ? text : (ESCAPES[escaped] ?? escaped));
  });
  return Buffer.concat(parts).toString("utf8");
}

/**
 * Reads the names after `diff --git `. Git doesn't quote spaces, so `a/x b/x` can be split for sure only where both
 * halves name the same file, or are quoted; a rename's own lines name both sides anyway.
 */
export function toGitHeaderPaths(names: string): HeaderPaths | undefined {
  const middle = names.startsWith('"') ? endOfQuoted(names) : (names.length - 1) / 2;
  if (names[middle] !== " ") return undefined;
  const left = unquotePath(names.slice(0, middle));
  const right = unquotePath(names.slice(middle + 1));
  const paths = withoutPrefixes(left, right);
  return names.startsWith('"') || paths.oldPath === paths.newPath ? paths : undefined;
}

function endOfQuoted(names: string): number {
  for (let index = 1; index < names.length; index += 1) {
    if (names[index] === "\\") index += 1;
    else if (names[index] === '"') return index + 1;
  }
  return names.length;
}

/** What stands for "no file" on one side: git's, svn's, and the epoch that `diff -N` prints, in any time zone. */
const NO_FILE = /^\/dev\/null(?:\s|$)|\((?:nonexistent|revision 0)\)\s*$|\t(?:1970-01-01|1969-12-31) /;
const SVN_REVISION = /^\((?:revision \d+|working copy)\)$/;

/** Reads what stands after `--- ` and `+++ `. */
export function toMarkedPaths(oldName: string, newName: string): HeaderPaths {
  const oldPath = NO_FILE.test(oldName) ? undefined : toPath(oldName);
  const newPath = NO_FILE.test(newName) ? undefined : toPath(newName);
  return withoutPrefixes(oldPath, newPath);
}

/** A tab ends the name: a date or a revision follows. Old svn puts a space before its revision instead. */
function toPath(marked: string): string {
  const name = (marked.split("\t", 1)[0] ?? "").trimEnd();
  const open = name.lastIndexOf(" (");
  return unquotePath(
    open > 0 && SVN_REVISION.test(name.slice(open + 1)) ? name.slice(0, open).trimEnd() : name,
  );
}

/** `a/` and `b/`, or with `diff.mnemonicPrefix` two of `i/`, `w/`, `c/`, `o/`. */
const PREFIX = /^[abciow]\//;

/** Takes git's prefixes off. Equal names have none: their first folder happens to be called so. */
function withoutPrefixes(left: string | undefined, right: string | undefined): HeaderPaths {
  const sides = [left, right].filter((side) => side !== undefined);
  const hasPrefixes = left !== right && sides.every((side) => PREFIX.test(side));
  if (!hasPrefixes) return { oldPath: left, newPath: right };
  return { oldPath: left?.slice(2), newPath: right?.slice(2) };
}
