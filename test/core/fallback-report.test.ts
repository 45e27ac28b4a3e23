import { describe, expect, it } from "@jest/globals";
import { createFallbackReport } from "../../src/core/fallback-report.ts";
import { reportContentSchema } from "../../src/core/report.ts";
import type { ReportContent } from "../../src/core/report.ts";
import type { ReportInput } from "../../src/core/report-request.ts";
import { deletedFileDiff, fileDiff, newFileDiff, requestWith } from "./fallback/commit-builder.ts";

function reportOn(parts: Partial<ReportInput>): ReportContent {
  return createFallbackReport(requestWith(parts));
}

/** A feature that breaks callers, with migration, dependency, route, test and open point. */
const FEATURE: Partial<ReportInput> = {
  message: [
    "feat(auth)!: let tokens expire",
    "",
    "Stolen tokens stayed valid for ever (see SEC-141).",
    "",
    "- add `refreshToken`",
    "- store the expiry",
    "",
    "BREAKING CHANGE: `createToken` needs the current time.",
    "",
    "Closes #87",
    "Signed-off-by: Ada <ada@example.com>",
  ].join("\n"),
  diffSummary: [
    newFileDiff("db/migrations/20240301_add_expiry.sql", [
      "ALTER TABLE tokens ADD COLUMN expires_at bigint;",
    ]),
    fileDiff("package.json", ['-    "zod": "^3.22.0",', '+    "zod": "^4.0.1",']),
    newFileDiff("src/auth/routes.ts", ['app.post("/auth/refresh", refresh);']),
    fileDiff("src/auth/token.ts", [
      "+// TODO: make it configurable",
      "+const LIFETIME_MS = Number(process.env.TOKEN_LIFETIME_MS);",
      "-export function createToken(user: string): Token {",
      "+export function createToken(user: string, now: number): Token {",
      " }",
      "+export function refreshToken(token: Token): Token {",
      "+}",
      "-export function issueToken(user: string): Token {",
      "-}",
    ]),
    newFileDiff("test/token.test.ts", ['it("renews a token", () => {});']),
  ].join(""),
};

describe("a fallback report", () => {
  it("tells what a whole feature is, from its message and its diff", () => {
    expect(reportOn(FEATURE)).toEqual({
      title: "Let tokens expire (auth, breaking)",
      summary:
        "Feature in `auth` (judged from the prefix “feat”, marked as breaking): “let tokens expire”. 5 files changed (3 new), with 9 lines added and 4 removed. By area: `src/auth` (2 files, +6 -3), the top level (1 file, +1 -1), `db` (1 new file, +1) and `test` (1 new file, +1). Most changed: `src/auth/token.ts` (+5 -3), `package.json` (+1 -1) and `db/migrations/20240301_add_expiry.sql` (new, +1). Made from the commit message and the diff alone, without a language model.",
      changes: [
        "add `refreshToken`",
        "store the expiry",
        "`src/auth/routes.ts` (new, +1)",
        "`src/auth/token.ts` (+5 -3): adds `refreshToken`; removes `issueToken`; changes the declaration of `createToken`",
        "`package.json` (+1 -1): changes `zod` from ^3.22.0 to ^4.0.1",
        "`db/migrations/20240301_add_expiry.sql` (new, +1)",
        "`test/token.test.ts` (new, +1)",
        "Schema changes: `ALTER TABLE tokens`",
        "Routes added: `POST /auth/refresh`",
        "Environment variables read anew: `TOKEN_LIFETIME_MS`",
      ],
      rationale: "Stolen tokens stayed valid for ever (see SEC-141).",
      impactAndTests:
        "Breaking, in the commit's words: `createToken` needs the current time. Touches `src/auth`, the top level, `db` and `test`. Removes `issueToken` (`src/auth/token.ts`); code outside this diff that still uses it would break. Changes how `createToken` is declared, which may concern callers. Data or schema migrations: `db/migrations/20240301_add_expiry.sql`. Project manifests: `package.json`. Security-sensitive by path: `src/auth/token.ts` and `src/auth/routes.ts`.\n\n1 test file changes: `test/token.test.ts`. New tests: “renews a token”. No changed test is named after `src/auth/routes.ts`; the tests above may cover it.",
      nextSteps: [
        "Run the changed test: `test/token.test.ts`.",
        "Apply `db/migrations/20240301_add_expiry.sql` to a copy of the data, and try the way back.",
        "Read the release notes for `zod` from ^3.22.0 to ^4.0.1.",
        "Check whether a lock file should change along with `package.json`.",
        "Tell users what breaks; no changelog changes in this commit.",
        "Search for remaining uses of `issueToken`.",
        "Set `TOKEN_LIFETIME_MS` wherever this runs, and document it.",
        "Review `src/auth/token.ts` and `src/auth/routes.ts` for security.",
        "Settle what is left open in `src/auth/token.ts`: “TODO: make it configurable”",
        "Look at SEC-141 and #87, which the message names.",
      ],
      tags: [
        "feature",
        "breaking",
        "security",
        "migration",
        "dependencies",
        "auth",
        "typescript",
        "sql",
        "src/auth",
        "db",
      ],
    });
  });

  it("is the same for the same request", () => {
    expect(reportOn(FEATURE)).toEqual(reportOn(FEATURE));
  });

  it("says that it knows nothing but the message when there is nothing else", () => {
    expect(reportOn({ message: "Make it better" })).toEqual({
      title: "Make it better",
      summary:
        "Change (its kind can't be told): “Make it better”. Neither files nor a diff came with the commit, so what it changes is unknown. Made from the commit message alone, without a language model.",
      changes: ["Only the commit message is known: “Make it better”."],
      rationale: "The commit message gives no reason.",
      impactAndTests:
        "What it touches is unknown, since neither files nor a diff came with it.\n\nWhether tests change is unknown.",
      nextSteps: [],
      tags: [],
    });
  });
});

describe("its title", () => {
  it.each([
    ["feat: add carts to the shop", "Add carts to the shop"],
    ["fix(cart): stop losing wheels", "Stop losing wheels (cart)"],
    ["fix(cart): stop the cart losing wheels", "Stop the cart losing wheels"],
    ["net/http: close idle connections", "net/http: close idle connections"],
    ["Merge branch 'topic' into main", "Merge branch 'topic' into main"],
    [
      "Merge pull request #31 from ada/topic\n\nExplain the checkout flow",
      "Explain the checkout flow (pull request #31)",
    ],
    ['Revert "Add carts"', 'Revert "Add carts"'],
    ["fixup! Add carts", "Fixup for: Add carts"],
    ["修复购物车在并发下单时丢失商品的问题", "修复购物车在并发下单时丢失商品的问题"],
  ])("of %j is %j", (message, title) => {
    expect(reportOn({ message }).title).toBe(title);
  });

  it.each([
    ["what changed", { files: ["src/cart.ts"] }, "wip: src/cart.ts"],
    ["where", { files: ["src/a/x.ts", "src/a/y.ts"] }, "wip: 2 files changed in src/a"],
    ["the repository", {}, "wip: acme/shop"],
    ["the commit", { repo: "r" }, "wip: commit 0123456789ab in r"],
  ])("says %s when the subject is too short to tell", (_, parts, title) => {
    expect(reportOn({ message: "wip", ...parts }).title).toBe(title);
  });

  it("says that there is no message when it is blank", () => {
    expect(reportOn({ message: " \n ", files: ["src/cart.ts"] }).title).toBe(
      "Commit without a message: src/cart.ts",
    );
  });

  it("is cut after a word when the subject is long, and keeps its marks", () => {
    const { title } = reportOn({ message: `feat(cart)!: ${"many words ".repeat(30)}` });
    expect(title).toMatch(/words… \(cart, breaking\)$/);
    expect(title.length).toBeLessThanOrEqual(120);
  });
});

describe("its judgement of the kind of change", () => {
  const source = fileDiff("src/a.ts", ["+1"]);
  it.each([
    ["perf: cache carts", source, "Performance change (judged from the prefix “perf”)"],
    ["🐛 Stop it", source, "Fix (judged from the prefix “🐛”)"],
    ["chore(deps): bump zod", source, "Dependency update (judged from the prefix “chore(deps)”)"],
    [
      "Explain carts",
      fileDiff("docs/carts.md", ["+1"]),
      "Documentation change (judged from the changed file's path)",
    ],
    [
      "More",
      fileDiff("a.test.ts", ["+1"]) + fileDiff("b.test.ts", ["+1"]),
      "Test change (judged from the paths of all changed files)",
    ],
    [
      "Bump",
      fileDiff("package.json", ["+1"]) + fileDiff("yarn.lock", ["+1"]),
      "Dependency update (judged from the paths of all changed files)",
    ],
    ["Add carts", source, "Feature (judged from the subject's word “Add”)"],
    ["Don't crash on empty carts", source, "Fix (judged from the subject's word “crash”)"],
    [
      "Old stuff",
      deletedFileDiff("src/a.ts", ["1"]),
      "Removal (judged from the diff, which only deletes files)",
    ],
    ["Carts", source, "Change (its kind can't be told)"],
    ["Merge branch 'x'", source, "Merge (judged from the subject)"],
    ['Revert "x"', source, "Revert (judged from the subject)"],
  ])("of %j says what it goes by", (message, diffSummary, expected) => {
    expect(reportOn({ message, diffSummary }).summary.startsWith(`${expected}: `)).toBe(true);
  });

  it("points out source files in a commit that calls itself documentation", () => {
    expect(reportOn({ message: "docs: explain carts", diffSummary: source }).impactAndTests).toContain(
      "Although the prefix “docs” says “documentation”, 1 source file changes too: `src/a.ts`.",
    );
  });
});

describe("its rationale", () => {
  it("is the message's own words", () => {
    const message = "Add carts\n\nPeople asked\nfor them.\n\nOften.\n\nSigned-off-by: Ada <ada@example.com>";
    expect(reportOn({ message }).rationale).toBe("People asked for them.\n\nOften.");
  });

  it.each([
    ["Add carts", "The commit message gives no reason."],
    ["Add carts (#12)", "The commit message gives no reason. It names #12, where one may stand."],
    ["Add carts\n\n- wheels", "The commit message lists what it does, but gives no reason."],
  ])("of %j says that there is none", (message, expected) => {
    expect(reportOn({ message }).rationale).toBe(expected);
  });
});

describe("its account of files", () => {
  it("names new, deleted, renamed and binary ones", () => {
    const diffSummary = [
      newFileDiff("src/new.ts", ["1"]),
      deletedFileDiff("src/old.ts", ["1", "2"]),
      "diff --git a/src/x.ts b/src/y.ts\nsimilarity index 100%\nrename from src/x.ts\nrename to src/y.ts\n",
      "diff --git a/logo.png b/logo.png\nindex 1..2 100644\nBinary files a/logo.png and b/logo.png differ\n",
      "diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n",
    ].join("");
    expect(reportOn({ diffSummary }).changes).toEqual([
      "`src/new.ts` (new, +1)",
      "`src/old.ts` (deleted, -2)",
      "`src/y.ts` (renamed from `src/x.ts`)",
      "`logo.png` (binary)",
      "`run.sh` (mode only)",
    ]);
  });

  it("tells lines that people wrote from those of a lock file", () => {
    const diffSummary = fileDiff("src/a.ts", ["+1"]) + fileDiff("yarn.lock", Array<string>(500).fill("+x"));
    expect(reportOn({ diffSummary }).summary).toContain(
      "2 files changed, with 501 lines added (of these, +500 in lock, generated or vendored files).",
    );
  });

  it("goes by area when there are many", () => {
    const diffs = Array.from({ length: 40 }, (_, index) =>
      newFileDiff(`src/${index % 2 ? "rpc" : "core"}/${index}.ts`, ["1"]),
    );
    const { changes, summary } = reportOn({ diffSummary: diffs.join("") });
    expect(changes[0]).toBe(
      "`src/core` (20 new files, +20): `0.ts` (new, +1), `2.ts` (new, +1), `4.ts` (new, +1), `6.ts` (new, +1), `8.ts` (new, +1) and 15 more",
    );
    expect(summary).toContain("40 files changed (all new), with 40 lines added");
  });

  it("knows files from a list alone, and says that it doesn't know the lines", () => {
    const { summary, changes } = reportOn({ files: ["src/a.ts", "./src/b.ts", "src/a.ts"] });
    expect(summary).toContain("2 files changed; how many lines is unknown. All in `src`.");
    expect(changes).toEqual(["`src/a.ts`", "`src/b.ts`"]);
  });

  it("reads git diff --stat, and adds files that are only listed", () => {
    const stat = " src/a.ts | 3 ++-\n 1 file changed, 2 insertions(+), 1 deletion(-)\n";
    const { summary, changes } = reportOn({ files: ["src/a.ts", "src/b.ts"], diffSummary: stat });
    expect(summary).toContain("2 files changed, with 2 lines added and 1 removed.");
    expect(changes).toEqual(["`src/a.ts` (+2 -1)", "`src/b.ts`"]);
  });

  it("doesn't set a lock file apart when nothing else changes", () => {
    const diffSummary = fileDiff("yarn.lock", ["+x"]) + fileDiff("go.sum", ["+x"]);
    expect(reportOn({ diffSummary }).summary).toContain("2 files changed, with 2 lines added. All");
  });

  it("counts only what there is", () => {
    const twice = (line: string) => fileDiff("src/a.ts", [line]) + fileDiff("src/b.ts", [line]);
    expect(reportOn({ diffSummary: twice("-x") }).summary).toContain(
      "2 files changed, with 2 lines removed.",
    );
    expect(reportOn({ diffSummary: twice(" x") }).summary).toContain(
      "2 files changed; no line of text changes.",
    );
  });

  it("groups by the caller's components", () => {
    const { summary, tags } = reportOn({ files: ["a/billing/x.ts", "a/y.ts"], components: ["Billing"] });
    expect(summary).toContain("By area: `Billing` (1 file) and `a` (1 file).");
    expect(tags).toEqual(["typescript", "billing", "a"]);
  });
});

describe("its account of tests", () => {
  const cart = fileDiff("src/cart.ts", ["+1"]);
  it.each([
    ["no test changes", cart, "No test changes in this commit: `src/cart.ts` looks untested by it."],
    [
      "the test of its name changes",
      cart + fileDiff("test/cart.test.ts", ["+1"]),
      "Every changed source file has a changed test of its name.",
    ],
    [
      "an index file's folder is tested",
      fileDiff("src/cart/index.ts", ["+1"]) + fileDiff("test/cart.test.ts", ["+1"]),
      "Every changed source file has a changed test of its name.",
    ],
    [
      "another test changes",
      cart + fileDiff("test/shop.test.ts", ["+1"]),
      "No changed test is named after `src/cart.ts`; the tests above may cover it.",
    ],
    [
      "the test stands in the source file",
      fileDiff("src/cart.rs", ["+#[test]"]),
      "Tests within the source files change.",
    ],
    ["no source changes", fileDiff("README.md", ["+1"]), "No source file changes that tests would cover."],
  ])("when %s", (_, diffSummary, expected) => {
    expect(reportOn({ diffSummary }).impactAndTests).toContain(expected);
  });

  it("names tests that are skipped from now on", () => {
    const diffSummary = fileDiff("test/a.test.ts", ['-it("adds up", () => {', '+it.skip("adds up", () => {']);
    expect(reportOn({ diffSummary }).impactAndTests).toContain("Skipped from now on: “adds up”.");
  });
});

describe("its next steps", () => {
  it.each([
    ["conflict markers", "src/a.ts", "<<<<<<< HEAD", "Resolve the conflict markers in `src/a.ts`."],
    [
      "debugging leftovers",
      "test/a.test.ts",
      '  it.only("x", () => {',
      "Take out what looks left over from debugging: `it.only` in `test/a.test.ts`.",
    ],
    [
      "lost data",
      "db/migrations/2.sql",
      "DROP TABLE carts;",
      "Make sure that nobody needs the data any more: `DROP TABLE carts`.",
    ],
    [
      "pipelines",
      ".github/workflows/ci.yml",
      "on: push",
      "Watch the next run of the pipeline: `.github/workflows/ci.yml`.",
    ],
    [
      "unexplained lock files",
      "yarn.lock",
      "x",
      "See which versions moved in `yarn.lock`: no declared dependency does.",
    ],
    ["untested sources", "src/a.ts", "x", "Find or add a test for `src/a.ts`."],
  ])("warn of %s", (_, path, line, expected) => {
    expect(reportOn({ diffSummary: fileDiff(path, [`+${line}`]) }).nextSteps).toContain(expected);
  });

  it.each([
    ["fixup! Add carts", "Squash it before merging."],
    ["wip", "Check that it is meant to be merged: the subject calls it work in progress."],
    [
      'Revert "Add carts"\n\nThis reverts commit 0123456789abcdef.',
      "See why commit 0123456789ab was made, and what depends on it.",
    ],
  ])("of %j follow from the message", (message, expected) => {
    expect(reportOn({ message }).nextSteps).toContain(expected);
  });

  it("don't claim that no dependency changes when there is no diff to tell", () => {
    expect(reportOn({ files: ["package.json", "yarn.lock"] }).nextSteps).toEqual([]);
  });

  it("don't send anyone to the release notes of a version that is taken back", () => {
    const diffSummary = fileDiff("requirements.txt", ["-zod==4.0", "+zod==3.0"]);
    expect(reportOn({ message: "Take it back", diffSummary }).nextSteps).toHaveLength(1);
    expect(reportOn({ message: 'Revert "Bump zod"', diffSummary }).nextSteps).toEqual([]);
  });

  it("ask for nothing where nothing is to be done", () => {
    expect(reportOn({ message: "Fix a typo", diffSummary: fileDiff("README.md", ["+1"]) }).nextSteps).toEqual(
      [],
    );
  });
});

describe("its tags", () => {
  it("are at most ten, in lower case and each once", () => {
    const files = ["a.ts", "b.py", "c.go", "D E/x", "f/x", "g/x", "h/x", "auth/a.ts", "db/migrations/1.sql"];
    const { tags } = reportOn({ message: "feat(Auth Core)!: x", files: [...files, "package.json"] });
    expect(tags).toEqual([
      "feature",
      "breaking",
      "security",
      "migration",
      "auth-core",
      "typescript",
      "python",
      "go",
      "d-e",
      "f",
    ]);
  });
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FRAGMENTS = [
  "a",
  "x".repeat(300),
  " ",
  "\n",
  "\n\n",
  "\t",
  "\r\n",
  "\u0000",
  "\u0007",
  "\u200b",
  "\ufeff",
  "\u00a0",
  "\u202e",
  "🚀",
  "👩‍👩‍👧",
  "é",
  "e\u0301",
  "שלום",
  "日本語",
  "\ud800",
  "\udc00",
  "`",
  '"',
  "“",
  "(",
  ")",
  "[",
  "]",
  "{",
  " => ",
  "/",
  "//",
  "../",
  ".",
  ".ts",
  "-",
  "- ",
  "* ",
  "1. ",
  "#12",
  "A-1",
  "feat: ",
  "fix(",
  ")!: ",
  "fixup! ",
  "Merge branch ",
  'Revert "',
  "BREAKING CHANGE: ",
  "Signed-off-by: a",
  "---\n",
  "wip",
  "✨ ",
  "::",
  "diff --git a/x.ts b/x.ts\n",
  "diff --git ",
  '"a/\\303',
  "--- a/y\n+++ b/y\n@@ -1 +1 @@\n",
  "@@ -0,0 +1,9999 @@ function f() {\n",
  "rename from x\n",
  "rename to \n",
  "Binary files a and b differ\n",
  "+export function f() {}\n",
  "-def g():\n",
  "+TODO: \n",
  '+    "zod": "^4"\n',
  "package.json",
  "+\n",
  " a | 3 ++-\n",
  "3\t1\ta\n",
  "[… added a (+1 -0), left out]\n",
  "src/",
  "test/",
  "migrations/",
  "auth",
  "go.mod",
  "yarn.lock",
];

function randomText(random: () => number, maxCharacters: number): string {
  const pieces = Math.floor(random() ** 3 * 60) + 1;
  const parts = Array.from(
    { length: pieces },
    () => FRAGMENTS[Math.floor(random() * FRAGMENTS.length)] ?? "",
  );
  return parts.join("").slice(0, maxCharacters);
}

function randomInput(random: () => number): Partial<ReportInput> {
  const many = (max: number, length: number) =>
    Array.from({ length: Math.floor(random() ** 3 * max) }, () => randomText(random, length));
  return {
    commitSha: randomText(random, 64),
    repo: randomText(random, 255),
    message: randomText(random, 10_000),
    files: many(60, 2_048),
    components: many(20, 256),
    diffSummary: random() < 0.5 ? many(30, 5_000).join("") : "",
  };
}

function textsOf({
  title,
  summary,
  changes,
  rationale,
  impactAndTests,
  nextSteps,
  tags,
}: ReportContent): string {
  return [title, summary, ...changes, rationale, impactAndTests, ...nextSteps, ...tags].join("\n");
}

function expectValid(parts: Partial<ReportInput>): void {
  const report = reportOn(parts);
  expect(reportContentSchema.parse(report)).toEqual(report);
  expect(textsOf(report)).not.toMatch(/[^\P{Cc}\n]|\p{Cs}|[\u202A-\u202E\u2066-\u2069]/u);
}

describe("whatever the commit, the report", () => {
  it.each(Array.from({ length: 400 }, (_, seed) => seed))("is valid and printable (seed %i)", (seed) => {
    expectValid(randomInput(createRandom(seed)));
  });

  const everyFile = Array.from(
    { length: 2_000 },
    (_, index) => `packages/p${index % 50}/src/${index}/file.ts`,
  );
  it.each<[string, Partial<ReportInput>]>([
    ["one word of 10,000 characters", { message: "x".repeat(10_000) }],
    ["10,000 emoji", { message: "🚀".repeat(10_000) }],
    ["blanks", { message: " \n\t ", repo: " ", commitSha: " " }],
    [
      "control characters",
      { message: "\u0000", repo: "\u0001", commitSha: "\u0002", files: ["\u0003"], components: ["\u0004"] },
    ],
    ["zero-width characters", { message: "\u200b\ufeff", repo: "\ufeff", commitSha: "\u200b" }],
    ["text from right to left", { message: "הוספת עגלה\n\nכי ביקשו.", files: ["עגלה/א.ts"] }],
    ["200 list items of endless words", { message: `x\n\n${`- ${"y".repeat(45)}\n`.repeat(200)}` }],
    ["endless paragraphs", { message: `x\n\n${"word ".repeat(1_900)}` }],
    ["endless footers", { message: `x!: y\n\nBREAKING CHANGE: ${"word ".repeat(1_900)}` }],
    ["references only", { message: "#1 ".repeat(3_000) }],
    [
      "as many files and components as may be",
      { files: everyFile, components: everyFile.slice(0, 200).map((path) => path.slice(0, 256)) },
    ],
    [
      "paths as long as may be",
      { files: Array.from({ length: 2_000 }, (_, index) => `${index}/${"é/".repeat(1_000)}`) },
    ],
    [
      "endless names in a diff",
      { diffSummary: newFileDiff("n".repeat(50_000), ["x"]) + fileDiff("m/".repeat(25_000), ["+x"]) },
    ],
    [
      "a diff of 512 KiB",
      {
        diffSummary: newFileDiff(
          "src/a.ts",
          Array.from(
            { length: 9_000 },
            (_, index) => `export function f${index}() { return "TODO: ${index}"; }`,
          ),
        ),
      },
    ],
  ])("is valid for %s", (_, parts) => {
    expectValid(parts);
  });

  it("takes well under a second for 2,000 files in 512 KiB", () => {
    const diffSummary = everyFile
      .map((path, index) => newFileDiff(path, [`call(${index});`]))
      .join("")
      .slice(0, 512 * 1024);
    const request = requestWith({ files: everyFile, diffSummary });
    const startedAt = performance.now();
    createFallbackReport(request);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
