/** How dependencies stand in one sort of file. */
export interface ManifestFormat {
  /** Matches the file's path. */
  readonly path: RegExp;
  /** Lines with a dependency: groups `name` and, unless it is not pinned, `version`. */
  readonly lines: readonly RegExp[];
  /** Where the format has sections: the line that starts one, and which of them hold dependencies. */
  readonly section?: { readonly start: RegExp; readonly end?: RegExp; readonly dependencies: RegExp };
  /** Names that look like a dependency's but are settings. */
  readonly settings?: ReadonlySet<string>;
  /** Names of the lock files that belong beside it. */
  readonly locks: readonly string[];
}

const JSON_LINE =
  /^\s*"(?<name>@?[\w./-]+)":\s*"(?<version>(?:[~^<>=v ]*\d|workspace:|npm:|file:|link:|git|https?:|\*|latest|next)[^"]*)"/;
const TOML_LINE =
  /^(?<name>[A-Za-z][\w.-]*)\s*=\s*(?:\{[^}]*?\bversion\s*=\s*)?"(?<version>[~^=<>! ]*\d[^"]*)"/;
const JSON_SECTION = { start: /^\s*"([\w-]+)":\s*\{/, end: /^\s*\}/ };
const TOML_START = /^\[+([^\]]+)\]/;

/** The first that fits a path is its format. */
export const MANIFEST_FORMATS: readonly ManifestFormat[] = [
  {
    path: /(?:^|\/)package\.json$/,
    lines: [JSON_LINE],
    section: { ...JSON_SECTION, dependencies: /dependencies$|^(?:overrides|resolutions)$/i },
    settings: new Set([
      "version",
      "node",
      "npm",
      "yarn",
      "pnpm",
      "packageManager",
      "$schema",
      "homepage",
      "url",
    ]),
    locks: [
      "package-lock.json",
      "npm-shrinkwrap.json",
      "yarn.lock",
      "pnpm-lock.yaml",
      "bun.lock",
      "bun.lockb",
    ],
  },
  {
    path: /(?:^|\/)composer\.json$/,
    lines: [JSON_LINE],
    section: { ...JSON_SECTION, dependencies: /^require/ },
    settings: new Set(["version", "homepage", "url", "php"]),
    locks: ["composer.lock"],
  },
  {
    path: /(?:^|\/)go\.mod$/,
    lines: [/^\s*(?:require\s+)?(?<name>[\w-]+(?:\.[\w-]+)+(?:\/[\w.~-]+)+)\s+(?<version>v\d[\w.+-]*)/],
    locks: ["go.sum"],
  },
  {
    path: /(?:^|\/)cargo\.toml$/i,
    lines: [TOML_LINE],
    section: { start: TOML_START, dependencies: /dependencies$/ },
    settings: new Set(["version", "edition", "rust-version", "opt-level", "resolver"]),
    locks: ["Cargo.lock"],
  },
  {
    path: /(?:^|\/)(?:pyproject\.toml|pipfile)$/i,
    lines: [TOML_LINE, /^\s*"(?<name>[A-Za-z][\w.-]*)(?:\[[\w,-]*\])?\s*(?<version>[=~!<>][^";]*)"/],
    section: { start: TOML_START, dependencies: /dependenc|packages|^project$|^build-system$/ },
    settings: new Set([
      "version",
      "python",
      "requires-python",
      "python_version",
      "target-version",
      "line-length",
    ]),
    locks: ["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"],
  },
  {
    path: /(?:^|\/)[\w-]*(?:requirements|constraints)[\w/-]*\.(?:txt|in)$/,
    lines: [
      /^(?<name>[A-Za-z0-9][\w.-]*)(?:\[[\w,-]*\])?\s*(?<version>[=~!<>]=?=?\s*[\w.*+!]+[\w.*+!,=~<> ]*?)?\s*(?:[#;\\].*)?$/,
    ],
    locks: [],
  },
  {
    path: /(?:^|\/)gemfile$|\.gemspec$/i,
    lines: [
      /^\s*(?:gem|\w+\.add_\w*dependency)\s*\(?["'](?<name>[\w-]+)["'](?:\s*,\s*["'](?<version>[^"']+)["'])?/,
    ],
    locks: ["Gemfile.lock"],
  },
  {
    path: /\.gradle(?:\.kts)?$/,
    lines: [/["'](?<name>[\w.-]+:[\w.-]+):(?<version>[\w.-]+)["']/],
    locks: ["gradle.lockfile"],
  },
  { path: /(?:^|\/)pom\.xml$/, lines: [/<(?<name>[\w.-]+)\.version>(?<version>[^<]+)</], locks: [] },
  {
    path: /\.(?:cs|fs|vb)proj$|(?:^|\/)directory\.packages\.props$/i,
    lines: [/<Package(?:Reference|Version)\s+Include="(?<name>[^"]+)"\s+Version="(?<version>[^"]+)"/],
    locks: ["packages.lock.json"],
  },
  { path: /(?:^|\/)mix\.exs$/, lines: [/\{:(?<name>\w+),\s*"(?<version>[^"]+)"/], locks: ["mix.lock"] },
  {
    path: /(?:^|\/)pubspec\.yaml$/,
    lines: [/^ {2}(?<name>\w+):\s*(?<version>\^?\d[\w.+-]*)\s*$/],
    locks: ["pubspec.lock"],
  },
  {
    path: /(?:^|\/)\.github\/.*\.ya?ml$/,
    lines: [/\buses:\s*["']?(?<name>[\w.-]+\/[\w./-]+)@(?<version>[\w.-]+)/],
    locks: [],
  },
  {
    path: /\.ya?ml$/,
    lines: [/^\s*(?:- )?image:\s*["']?(?<name>[\w./-]+):(?<version>[\w.-]+)/],
    locks: [],
  },
  {
    path: /(?:^|\/)(?:[\w-]+\.)?(?:dockerfile|containerfile)(?:\.[\w-]+)?$/i,
    lines: [/^FROM\s+(?:--\S+\s+)?(?<name>[\w./-]+):(?<version>[\w.-]+)/i],
    locks: [],
  },
];
