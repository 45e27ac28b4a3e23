import { changedLines } from "./changed-files.ts";
import type { ChangedFile } from "./changed-files.ts";

const EXTENSIONS: Readonly<Record<string, string>> = {
  typescript: "ts tsx mts cts",
  javascript: "js jsx mjs cjs",
  python: "py pyi ipynb",
  go: "go",
  rust: "rs",
  java: "java",
  kotlin: "kt kts",
  scala: "scala",
  "c#": "cs",
  "f#": "fs",
  c: "c h",
  "c++": "cc cpp cxx hpp hh",
  ruby: "rb erb",
  php: "php",
  swift: "swift",
  dart: "dart",
  elixir: "ex exs",
  erlang: "erl hrl",
  haskell: "hs",
  clojure: "clj cljs",
  lua: "lua",
  perl: "pl pm",
  r: "r",
  julia: "jl",
  zig: "zig",
  shell: "sh bash zsh fish",
  powershell: "ps1",
  sql: "sql",
  html: "html htm",
  css: "css scss sass less",
  vue: "vue",
  svelte: "svelte",
  protobuf: "proto",
  graphql: "graphql gql",
  terraform: "tf tfvars",
  solidity: "sol",
};

const LANGUAGE_BY_EXTENSION = new Map(
  Object.entries(EXTENSIONS).flatMap(([language, extensions]) =>
    extensions.split(" ").map((extension) => [extension, language] as const),
  ),
);

/** The languages of the changed files, judged by their extensions; the one with most changed lines first. */
export function languagesOf(files: readonly ChangedFile[]): readonly string[] {
  const weights = new Map<string, number>();
  for (const file of files) {
    const language = LANGUAGE_BY_EXTENSION.get(file.path.slice(file.path.lastIndexOf(".") + 1).toLowerCase());
    if (language !== undefined) weights.set(language, (weights.get(language) ?? 0) + changedLines(file) + 1);
  }
  return [...weights].sort(([, one], [, other]) => other - one).map(([language]) => language);
}
