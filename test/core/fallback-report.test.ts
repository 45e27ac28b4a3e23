import { describe, expect, it } from "@jest/globals";
import type { ReportInput } from "../../src/core/report-request.ts";
import { fileDiff, newFileDiff, reportOn } from "./fallback/commit-builder.ts";

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

describe("its report on a commit that changes no files", () => {
  it("says so, and calls nothing unknown", () => {
    expect(reportOn({ message: "Build", diffSummary: " 0 files changed\n" })).toEqual({
      title: "Build: no files changed",
      summary:
        "Change (its kind can't be told): “Build”. It changes no files. Made from the commit message and the empty diff alone, without a language model.",
      changes: ["The commit changes no files."],
      rationale: "The commit message gives no reason.",
      impactAndTests:
        "Touches nothing, since it changes no files.\n\nNo source file changes that tests would cover.",
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
