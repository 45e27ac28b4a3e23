/** How functions, types and the like are declared in some languages; each pattern's first group is the name. */
interface DeclarationSyntax {
  readonly extensions: readonly string[];
  readonly patterns: readonly RegExp[];
}

const SYNTAXES: readonly DeclarationSyntax[] = [
  {
    extensions: ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte"],
    patterns: [
      /^(?:export )?(?:default )?(?:declare )?(?:async )?function\*? ?([\w$]+)/,
      /^(?:export )?(?:default )?(?:declare )?(?:abstract )?class ([\w$]+)/,
      /^export (?:declare )?(?:const|let|type|interface|enum) ([\w$]+)/,
      /^(?:interface|enum) ([\w$]+) ?\{/,
      /^const ([\w$]+) = (?:async )?(?:\([^)]*\)|\w+)(?:: [^=]+)? =>/,
    ],
  },
  {
    extensions: ["py", "pyi"],
    patterns: [/^(?:\s{4})?(?:async )?def ((?!_)\w+)/, /^class (\w+)/],
  },
  {
    extensions: ["go"],
    patterns: [/^func (?:\([^)]*\) ?)?(\w+)/, /^type (\w+) /],
  },
  {
    extensions: ["rs"],
    patterns: [
      /^\s*(?:pub(?:\([^)]*\))? )?(?:(?:async|unsafe|const|extern "C") )*fn (\w+)/,
      /^(?:pub(?:\([^)]*\))? )?(?:struct|enum|trait|type|mod) (\w+)/,
    ],
  },
  {
    extensions: ["java", "kt", "kts", "cs", "scala", "groovy"],
    patterns: [
      /^\s*(?:(?:public|protected|private|internal|static|final|abstract|sealed|open|data|partial|case) )*(?:class|interface|enum|record|struct|object|trait) (\w+)/,
      /^\s*(?:(?:public|protected|internal|static|final|abstract|override|virtual|async|synchronized) )+[\w<>[\],.? ]+ (\w+)\(/,
      /^\s*(?:(?:public|protected|internal|override|suspend|inline|open) )*(?:fun|def) (?:<[^>]*> ?)?(?:\w+\.)?(\w+)/,
    ],
  },
  { extensions: ["rb"], patterns: [/^\s*def (?:self\.)?(\w+[?!]?)/, /^\s*(?:class|module) ([\w:]+)/] },
  {
    extensions: ["php"],
    patterns: [
      /^\s*(?:(?:public|protected|static|final|abstract) )*function (\w+)/,
      /^(?:(?:final|abstract) )*(?:class|interface|trait|enum) (\w+)/,
    ],
  },
  {
    extensions: ["swift", "dart"],
    patterns: [
      /^\s*(?:(?:public|open|internal|static|final|override) )*func (\w+)/,
      /^(?:(?:public|open|final|abstract) )*(?:class|struct|protocol|enum|extension|mixin) (\w+)/,
    ],
  },
  {
    extensions: ["c", "h", "cc", "cpp", "cxx", "hpp", "m"],
    patterns: [
      /^(?:typedef )?(?:class|struct|enum) (\w+)/,
      /^(?:[a-zA-Z_][\w:<>,]*[ *&]+)+([\w:~]+)\([^;]*$/,
    ],
  },
  { extensions: ["ex", "exs"], patterns: [/^\s*def(?:module|macro)? ([\w.!?]+)/] },
  {
    extensions: ["sql"],
    patterns: [/^\s*create (?:or replace )?(?:function|procedure|trigger) (?:if not exists )?([\w."]+)/i],
  },
  { extensions: ["proto"], patterns: [/^\s*(?:message|service|rpc|enum) (\w+)/] },
  {
    extensions: ["graphql", "gql", "prisma"],
    patterns: [/^(?:type|input|enum|interface|model|extend type) (\w+)/],
  },
  { extensions: ["sh", "bash", "zsh"], patterns: [/^(?:function )?([\w-]+) ?\(\) ?\{/] },
];

const PATTERNS_BY_EXTENSION = new Map(
  SYNTAXES.flatMap(({ extensions, patterns }) =>
    extensions.map((extension) => [extension, patterns] as const),
  ),
);

/** The patterns for a file's language; none when the language isn't known. */
export function declarationPatterns(path: string): readonly RegExp[] {
  return PATTERNS_BY_EXTENSION.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase()) ?? [];
}

/** Words that look like a declared name where a pattern is fooled. */
const KEYWORDS = new Set([
  "if",
  "for",
  "while",
  "switch",
  "catch",
  "return",
  "else",
  "new",
  "sizeof",
  "constructor",
  "tests",
]);
/** No one declares on longer lines; bounds the work on hostile ones. */
const LONGEST_LINE = 200;

/** The name that a line declares, if it clearly declares one. */
export function declaredName(line: string, patterns: readonly RegExp[]): string | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  for (const pattern of patterns) {
    const name = pattern.exec(line)?.[1];
    if (name !== undefined && !KEYWORDS.has(name)) return name;
  }
  return undefined;
}
