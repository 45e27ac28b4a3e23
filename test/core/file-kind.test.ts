import { describe, expect, it } from "@jest/globals";
import { fileKind } from "../../src/core/file-kind.ts";

describe("fileKind", () => {
  it.each([
    ["lock file", ["package-lock.json", "web/yarn.lock", "go.sum", "vendor/Cargo.lock", "custom.lock"]],
    ["vendored", ["vendor/github.com/a/b.go", "node_modules/x/index.js", "third_party/z.c"]],
    [
      "generated",
      [
        "dist/app.js",
        "public/app.min.js",
        "gen/api_pb.ts",
        "db/schema.rb",
        "api/v1.pb.go",
        "src/__snapshots__/a.snap",
      ],
    ],
    ["migration", ["db/migrations/1_add.sql", "db/migrate/20240101000000_add.rb", "sql/V1_2__add.sql"]],
    [
      "test",
      [
        "src/a.test.ts",
        "tests/test_a.py",
        "a_test.go",
        "src/test/java/CartTest.java",
        "spec/cart_spec.rb",
        "test/fixtures/a.json",
      ],
    ],
    ["ci", [".github/workflows/ci.yml", ".gitlab-ci.yml", "Jenkinsfile"]],
    ["dependencies", ["package.json", "go.mod", "requirements.txt", "requirements-dev.txt", "App.csproj"]],
    [
      "build",
      [
        "Dockerfile",
        "docker-compose.yml",
        "tsconfig.build.json",
        "webpack.config.js",
        "app/build.gradle.kts",
      ],
    ],
    [
      "documentation",
      [
        "README.md",
        "docs/guide.html.md",
        "LICENSE",
        "docs/diagram",
        "docs/words.txt",
        "README.txt",
        "readme.de.txt",
        "LICENSE-MIT.txt",
        "lib/CHANGELOG.txt",
        "THIRD-PARTY-NOTICES.txt",
      ],
    ],
    [
      "configuration",
      ["config/app.yaml", ".env.example", ".eslintrc.json", "jest.config.ts", "deploy/values", "main.tf"],
    ],
    ["asset", ["img/logo.png", "docs/logo.svg"]],
    ["source", ["src/a.ts", "docs/conf.py", "config/routes.rb", "schema.prisma", "query.sql"]],
    ["other", ["bin/tool", "data.xyz", "", "robots.txt", "src/words.txt", "changes-in-price.csv.txt.bak"]],
  ])("knows %s files by their path", (kind, paths) => {
    expect(paths.map((path) => [path, fileKind(path)])).toEqual(paths.map((path) => [path, kind]));
  });
});
