import { describe, expect, it } from "@jest/globals";
import { toChangedFiles } from "../../../src/core/fallback/changed-files.ts";
import {
  dependencyChanges,
  isMajorUpdate,
  manifestsWithoutLock,
} from "../../../src/core/fallback/dependency-changes.ts";
import { fileDiff, requestWith } from "./commit-builder.ts";

function filesOf(...diffs: string[]) {
  return toChangedFiles(requestWith({ diffSummary: diffs.join("") })).files;
}

function changesIn(path: string, lines: readonly string[]): string[] {
  const changes = dependencyChanges(filesOf(fileDiff(path, lines)));
  return changes.map(({ name, before = "none", after = "none" }) => `${name}: ${before} -> ${after}`);
}

describe("dependencyChanges", () => {
  it.each([
    ["package.json", ['-    "zod": "^3.22.0",', '+    "zod": "^4.0.1",'], ["zod: ^3.22.0 -> ^4.0.1"]],
    ["web/package.json", ['+    "@acme/ui": "workspace:*"'], ["@acme/ui: none -> workspace:*"]],
    ["composer.json", ['-        "symfony/console": "^6.0"'], ["symfony/console: ^6.0 -> none"]],
    [
      "go.mod",
      ["-\tgolang.org/x/sync v0.5.0", "+\tgolang.org/x/sync v0.6.0 // indirect"],
      ["golang.org/x/sync: v0.5.0 -> v0.6.0"],
    ],
    ["go.mod", ["-go 1.21", "+go 1.22"], []],
    [
      "Cargo.toml",
      ['-serde = "1.0"', '+serde = { version = "1.1", features = ["derive"] }'],
      ["serde: 1.0 -> 1.1"],
    ],
    [
      "requirements.txt",
      ["-Django==4.2.1", "+Django==5.0", "+uvicorn[standard]>=0.29  # server", "+-r base.txt"],
      ["Django: 4.2.1 -> 5.0", "uvicorn: none -> >=0.29"],
    ],
    ["requirements/dev.txt", ["+pytest"], ["pytest: none -> "]],
    ["pyproject.toml", ['-    "httpx>=0.26",', '+    "httpx>=0.27",'], ["httpx: >=0.26 -> >=0.27"]],
    ["Gemfile", ['-gem "rails", "~> 7.0"', '+gem "rails", "~> 7.1"'], ["rails: ~> 7.0 -> ~> 7.1"]],
    ["build.gradle.kts", ['+    implementation("com.acme:core:1.2.3")'], ["com.acme:core: none -> 1.2.3"]],
    [
      "App.csproj",
      ['+    <PackageReference Include="Serilog" Version="3.1.1" />'],
      ["Serilog: none -> 3.1.1"],
    ],
    ["mix.exs", ['+      {:phoenix, "~> 1.7"},'], ["phoenix: none -> ~> 1.7"]],
    [
      "pom.xml",
      ["-    <spring.version>6.0</spring.version>", "+    <spring.version>6.1</spring.version>"],
      ["spring: 6.0 -> 6.1"],
    ],
    [
      "Dockerfile",
      ["-FROM node:18-alpine", "+FROM node:20-alpine AS build"],
      ["node: 18-alpine -> 20-alpine"],
    ],
    [
      "k8s/api.yaml",
      ["-          image: acme/api:1.4.0", "+          image: acme/api:1.5.0"],
      ["acme/api: 1.4.0 -> 1.5.0"],
    ],
    [
      ".github/workflows/ci.yml",
      ["-      - uses: actions/checkout@v3", "+      - uses: actions/checkout@v4"],
      ["actions/checkout: v3 -> v4"],
    ],
  ])("reads %s (%j)", (path, lines, expected) => {
    expect(changesIn(path, lines)).toEqual(expected);
  });

  it("doesn't take a project's own version, its scripts or its engines for dependencies", () => {
    const lines = [
      " {",
      '-  "version": "1.0.0",',
      '+  "version": "1.1.0",',
      '   "engines": {',
      '-    "vscode": "^1.80.0"',
      '+    "vscode": "^1.90.0"',
      "   },",
    ];
    expect(
      changesIn("package.json", [...lines, '   "devDependencies": {', '+    "jest": "^30.0.0"', "   }"]),
    ).toEqual(["jest: none -> ^30.0.0"]);
  });

  it("doesn't take settings of other TOML sections for dependencies", () => {
    expect(
      changesIn("Cargo.toml", ["+[profile.release]", '+lto = "2"', "+[dev-dependencies]", '+insta = "1.34"']),
    ).toEqual(["insta: none -> 1.34"]);
  });

  it("reads a hunk that starts within a section, whatever section the hunk before was in", () => {
    const hunks = `${fileDiff("package.json", ['   "scripts": {', '+    "a": "b"', "   }"])}@@ -30,1 +31,1 @@\n-    "zod": "^3.0.0",\n+    "zod": "^4.0.0",\n`;
    expect(dependencyChanges(filesOf(hunks)).map(({ name }) => name)).toEqual(["zod"]);
  });

  it("doesn't report a line that only moves", () => {
    expect(
      changesIn("package.json", ['-    "zod": "^4.0.0",', '     "vite": "^5.0.0",', '+    "zod": "^4.0.0",']),
    ).toEqual([]);
  });
});

describe("isMajorUpdate", () => {
  it.each([
    ["^3.22.0", "^4.0.0", true],
    ["^3.22.0", "^3.23.0", false],
    ["0.5.0", "0.6.0", true],
    ["v0.5.0", "v0.5.9", false],
    ["workspace:*", "^1.0.0", false],
  ])("from %s to %s: %s", (before, after, expected) => {
    expect(isMajorUpdate({ manifest: "package.json", name: "x", before, after })).toBe(expected);
  });
});

describe("manifestsWithoutLock", () => {
  const manifest = fileDiff("package.json", ['+    "zod": "^4.0.0"']);

  it("names a manifest when no lock file changes with it", () => {
    const files = filesOf(manifest);
    expect(manifestsWithoutLock(dependencyChanges(files), files)).toEqual(["package.json"]);
  });

  it("names none when one does, or when the format has none", () => {
    const files = filesOf(
      manifest,
      fileDiff("pnpm-lock.yaml", ["+x"]),
      fileDiff("requirements.txt", ["+flask==3.0"]),
    );
    expect(manifestsWithoutLock(dependencyChanges(files), files)).toEqual([]);
  });
});
