import type { FileKind } from "../file-kind.ts";
import type { ChangedFile } from "./changed-files.ts";
import { oneLine } from "./wording.ts";

/** What single lines of a diff can show. */
export type FindingKind =
  | "route"
  | "environment variable"
  | "schema change"
  | "test"
  | "inline test"
  | "skipped test"
  | "open point"
  | "conflict marker"
  | "debugging";

/** Something that a changed line shows. */
export interface Finding {
  readonly kind: FindingKind;
  readonly path: string;
  readonly text: string;
}

/** What the commit's lines show; what is removed in one place and added in another is neither. */
export interface LineFindings {
  readonly added: readonly Finding[];
  readonly removed: readonly Finding[];
}

interface FindingRule {
  readonly kind: FindingKind;
  /** What it says is made of its groups. */
  readonly pattern: RegExp;
  readonly in?: ReadonlySet<FileKind>;
}

const TESTS: ReadonlySet<FileKind> = new Set(["test"]);
const CODE: ReadonlySet<FileKind> = new Set(["source"]);
const MIGRATIONS: ReadonlySet<FileKind> = new Set(["migration"]);
const SCHEMA: ReadonlySet<FileKind> = new Set(["migration", "source"]);
const RUNNING: ReadonlySet<FileKind> = new Set([
  "source",
  "configuration",
  "build",
  "ci",
  "migration",
  "other",
]);

const RULES: readonly FindingRule[] = [
  {
    kind: "route",
    pattern:
      /\b(?:app|router|server|fastify|api|routes?|mux|http)\.(get|post|put|patch|delete|GET|POST|PUT|PATCH|DELETE)\(\s*["'`](\/[^"'`]*)/,
    in: CODE,
  },
  {
    kind: "route",
    pattern:
      /@(?:\w+\.)?(get|post|put|patch|delete|route|Get|Post|Put|Patch|Delete)(?:Mapping)?\(\s*["'](\/[^"']*)/,
    in: CODE,
  },
  { kind: "route", pattern: /\b(?:HandleFunc|Handle)\(\s*"((?:[A-Z]+ )?\/[^"]*)"/, in: CODE },
  { kind: "route", pattern: /^\s*(get|post|put|patch|delete) ["'](\/?[\w/:.-]+)["']/, in: CODE },
  { kind: "route", pattern: /^\s*(?:re_)?path\(\s*r?["']([^"']+)["']\s*,/, in: CODE },
  {
    kind: "environment variable",
    pattern: /\b(?:process\.env|import\.meta\.env)\.([A-Z][A-Z0-9_]+)/,
    in: RUNNING,
  },
  {
    kind: "environment variable",
    pattern:
      /\b(?:getenv|Getenv|LookupEnv|environ\.get|env::var|ENV\.fetch|GetEnvironmentVariable)\(\s*["']([A-Z][A-Z0-9_]+)/,
    in: RUNNING,
  },
  {
    kind: "environment variable",
    pattern: /\b(?:environ|ENV|process\.env)\[["']([A-Z][A-Z0-9_]+)["']\]/,
    in: RUNNING,
  },
  { kind: "skipped test", pattern: /\b(?:it|test|describe)\.(?:skip|todo)\(\s*["'`](.+?)["'`]/, in: TESTS },
  {
    kind: "schema change",
    pattern:
      /^\s*((?:create|alter|drop|truncate|rename) (?:table|view|index|type|column|function)? ?(?:if (?:not )?exists )?[\w."]+)/i,
    in: SCHEMA,
  },
  {
    kind: "schema change",
    pattern: /\b((?:create|drop|rename|add|remove|change)_(?:table|column|index|reference)\b[( ]+[:"']+\w+)/,
    in: MIGRATIONS,
  },
  {
    kind: "skipped test",
    pattern: /^\s*(@(?:pytest\.mark\.skip|unittest\.skip|Disabled|Ignore)\b.*|#\[ignore.*|t\.Skip\(.*)$/,
  },
  { kind: "debugging", pattern: /\b((?:it|test|describe)\.only)\(/, in: TESTS },
  { kind: "test", pattern: /^\s*(?:it|test)(?:\.each\(.*\))?\(\s*(["'`])(.+?)\1/, in: TESTS },
  { kind: "test", pattern: /^\s*(?:async )?def (test_\w+)/, in: TESTS },
  { kind: "inline test", pattern: /^\s*(#\[(?:\w+::)?test\])/, in: CODE },
  { kind: "test", pattern: /^func (Test\w+)\(/, in: TESTS },
  { kind: "open point", pattern: /(?:^|[^\w.])((?:TODO|FIXME|XXX|HACK)\b[:( ].*)$/ },
  { kind: "conflict marker", pattern: /^(?:<{7}|>{7}) (\S.*)$/ },
  { kind: "debugging", pattern: /^\s*(debugger;?|breakpoint\(\)|binding\.pry|import i?pdb.*|dbg!\(.*)\s*$/ },
];

/** No one writes what these rules look for on longer lines; bounds the work on hostile ones. */
const LONGEST_LINE = 300;
/** What every line that a rule fits holds: saves trying all rules on most lines. */
const HINT =
  /["'`]|TODO|FIXME|XXX|HACK|<{7}|>{7}|env|ENV|def |func |debugger|breakpoint|pry|pdb|dbg|kip|only|test|_|table|view|index|TABLE|VIEW|INDEX|gnore|@/;

/** Reads routes, environment variables, tests, open points and leftovers from changed lines. */
export function lineFindings(files: readonly ChangedFile[]): LineFindings {
  const added = new Map<string, Finding>();
  const removed = new Map<string, Finding>();
  for (const file of files) {
    for (const { kind, text } of file.lines) {
      if (kind !== "added" && kind !== "removed") continue;
      const finding = find(file, text);
      if (finding) (kind === "added" ? added : removed).set(`${finding.kind} ${finding.text}`, finding);
    }
  }
  return { added: withoutKeys(added, removed), removed: withoutKeys(removed, added) };
}

function find({ path, kind }: ChangedFile, line: string): Finding | undefined {
  if (line.length > LONGEST_LINE || !HINT.test(line)) return undefined;
  for (const rule of RULES) {
    const match = rule.in?.has(kind) === false ? null : rule.pattern.exec(line);
    if (match) return { kind: rule.kind, path, text: toText(rule.kind, match.slice(1)) };
  }
  return undefined;
}

function toText(kind: FindingKind, groups: readonly (string | undefined)[]): string {
  const [method = "", path] = groups;
  if (kind === "route" && path !== undefined)
    return `${method === "route" ? "" : method.toUpperCase()} ${path}`.trim();
  return oneLine(groups.at(-1) ?? "").replace(/\s*(?:\*\/|-->)$/, "");
}

function withoutKeys(
  one: ReadonlyMap<string, Finding>,
  other: ReadonlyMap<string, Finding>,
): readonly Finding[] {
  return [...one].filter(([key]) => !other.has(key)).map(([, finding]) => finding);
}
