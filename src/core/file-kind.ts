/** What a file is for, judged from its path alone. */
export type FileKind =
  | "lock file"
  | "vendored"
  | "generated"
  | "test"
  | "migration"
  | "ci"
  | "dependencies"
  | "build"
  | "documentation"
  | "configuration"
  | "asset"
  | "source"
  | "other";

interface KindRule {
  readonly kind: FileKind;
  /** Whole names of a file, in lower case. */
  readonly names?: ReadonlySet<string>;
  /** Names of a folder anywhere above the file, in lower case. */
  readonly folders?: ReadonlySet<string>;
  /** What may stand after the last dot of a file's name, in lower case. */
  readonly extensions?: ReadonlySet<string>;
  /** What a file's name, in lower case, may look like. */
  readonly pattern?: RegExp;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

/** The first rule that fits decides. A lock file within `vendor/` is a lock file, a test's README a test. */
const RULES: readonly KindRule[] = [
  {
    kind: "lock file",
    names: words(
      `package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock cargo.lock gemfile.lock
      composer.lock poetry.lock pipfile.lock uv.lock pdm.lock go.sum go.work.sum mix.lock pubspec.lock podfile.lock
      package.resolved flake.lock gradle.lockfile packages.lock.json conan.lock cartfile.resolved rebar.lock
      .terraform.lock.hcl buf.lock module.bazel.lock chart.lock`,
    ),
    extensions: words("lock"),
  },
  {
    kind: "vendored",
    folders: words(
      "vendor vendored node_modules third_party third-party thirdparty bower_components pods .yarn",
    ),
  },
  {
    kind: "generated",
    names: words("schema.rb structure.sql"),
    folders: words("dist gen generated __generated__ __snapshots__ .next gen-src"),
    extensions: words("map snap"),
    pattern: /\.(?:min|pb|g|designer)\.[a-z]+$|_pb2?(?:_grpc)?\.[a-z.]+$|[._-]generated\./,
  },
  {
    kind: "migration",
    folders: words("migrations migration migrate flyway liquibase alembic"),
    pattern: /^v\d+(?:[._]\d+)*__|[._-]migration\.|^\d{8,14}_.*\.(?:sql|rb|php|exs)$/,
  },
  {
    kind: "test",
    folders: words(
      "test tests __tests__ spec specs e2e testdata fixtures __mocks__ __fixtures__ cypress unittests",
    ),
    pattern:
      /[._-](?:test|tests|spec|e2e|cy)\.[a-z]+$|^test_.*\.py$|^(?:conftest\.py|test\.\w+|tests\.\w+)$|(?:test|tests|spec)\.(?:java|kt|kts|cs|swift|scala|groovy|php|cpp|cc|hs)$/,
  },
  {
    kind: "ci",
    names: words(
      `.gitlab-ci.yml .travis.yml jenkinsfile azure-pipelines.yml bitbucket-pipelines.yml .drone.yml appveyor.yml .cirrus.yml
      codecov.yml .codecov.yml dependabot.yml renovate.json .renovaterc.json cloudbuild.yaml`,
    ),
    folders: words(".github .circleci .buildkite .gitlab .woodpecker .azure-pipelines"),
  },
  {
    kind: "dependencies",
    names: words(
      `package.json go.mod cargo.toml pyproject.toml pipfile setup.py setup.cfg gemfile composer.json pom.xml mix.exs pubspec.yaml
      podfile package.swift build.sbt environment.yml deno.json jsr.json directory.packages.props libs.versions.toml`,
    ),
    pattern: /^(?:[\w-]*requirements[\w-]*|constraints)\.(?:txt|in)$/,
    extensions: words("gemspec csproj fsproj vbproj podspec cabal"),
  },
  {
    kind: "build",
    names: words(
      `makefile gnumakefile justfile rakefile dockerfile containerfile cmakelists.txt meson.build build.bazel workspace module.bazel
      build.xml gradlew gradlew.bat gulpfile.js gruntfile.js procfile vagrantfile earthfile .dockerignore taskfile.yml flake.nix
      tsconfig.json build.rs`,
    ),
    pattern:
      /^dockerfile\.|^(?:docker-)?compose[\w.-]*\.ya?ml$|\.gradle\.kts$|^(?:webpack|rollup|vite|esbuild|babel|tsup|metro)\.config\.|^tsconfig\..*json$/,
    extensions: words("dockerfile gradle cmake mk bzl sln"),
  },
  {
    kind: "documentation",
    names: words("readme license licence copying changelog authors contributors notice codeowners todo"),
    extensions: words("md mdx rst adoc asciidoc tex org rdoc pod"),
    // Any other text may be data, such as robots.txt or a list of words.
    pattern:
      /^(?:read-?me|licen[cs]es?|copying|copyright|change-?log|changes|history|news|release-?notes|authors|contributors|contributing|maintainers|(?:third-?party-?)?notices?|credits|thanks|install|todo|faq)(?:[._-][\w.-]*)?\.txt$/,
  },
  {
    kind: "configuration",
    extensions: words(
      "json json5 jsonc yaml yml toml ini cfg conf env properties tf tfvars hcl plist xml nix",
    ),
    pattern: /^\.|\.config\.[a-z]+$/,
  },
  {
    kind: "asset",
    extensions: words(
      `png jpg jpeg gif svg ico webp avif bmp mp3 mp4 wav ogg webm mov woff woff2 ttf otf eot pdf zip gz tgz tar jar wasm exe
      dll so dylib psd csv parquet`,
    ),
  },
  {
    kind: "source",
    extensions: words(
      `js jsx cjs mjs ts tsx cts mts vue svelte astro py pyi ipynb rb erb go rs java kt kts scala groovy clj cljs c h cc cpp cxx
      hpp hh m mm cs fs vb swift dart php pl pm lua r jl ex exs erl hrl hs ml mli elm zig nim sol sql sh bash zsh fish ps1 bat
      css scss sass less htm html hbs ejs proto graphql gql prisma thrift asm s v vhd cu el lisp rkt tcl coffee`,
    ),
  },
  // Code in such a folder is code, so these come last.
  { kind: "documentation", folders: words("docs doc documentation adr") },
  {
    kind: "configuration",
    folders: words(
      "config configs conf settings deploy k8s kubernetes helm charts terraform ansible .vscode .idea",
    ),
  },
];

/** No file system has longer names, nor sane people deeper folders; bounds the work on hostile paths. */
const LONGEST_NAME = 255;
const MOST_FOLDERS = 32;

/** Judges what the file at `path` is for. */
export function fileKind(path: string): FileKind {
  const slash = path.lastIndexOf("/");
  const name = path
    .slice(slash + 1)
    .slice(-LONGEST_NAME)
    .toLowerCase();
  const folders = slash < 0 ? [] : path.slice(0, slash).toLowerCase().split("/", MOST_FOLDERS);
  return RULES.find((rule) => fits(rule, name, folders))?.kind ?? "other";
}

function fits(rule: KindRule, name: string, above: readonly string[]): boolean {
  if (rule.names?.has(name) === true || rule.pattern?.test(name) === true) return true;
  const { extensions, folders } = rule;
  if (extensions?.has(name.slice(name.lastIndexOf(".") + 1)) === true && name.includes(".")) return true;
  return folders !== undefined && above.some((folder) => folders.has(folder));
}

const NOT_WRITTEN_BY_HAND: ReadonlySet<FileKind> = new Set(["lock file", "vendored", "generated"]);

/** True for lock files and for generated and vendored ones, which few people read. */
export function isMachineWritten(kind: FileKind): boolean {
  return NOT_WRITTEN_BY_HAND.has(kind);
}
