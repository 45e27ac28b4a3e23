import { describe, expect, it } from "@jest/globals";
import { toChangedFiles } from "../../../src/core/fallback/changed-files.ts";
import { lineFindings } from "../../../src/core/fallback/line-findings.ts";
import { fileDiff, requestWith } from "./commit-builder.ts";

function findingsOf(...diffs: string[]) {
  return lineFindings(toChangedFiles(requestWith({ diffSummary: diffs.join("") })).files);
}

function addedIn(path: string, line: string): string[] {
  return findingsOf(fileDiff(path, [`+${line}`])).added.map(({ kind, text }) => `${kind}: ${text}`);
}

describe("lineFindings", () => {
  it.each([
    ["src/a.ts", 'router.post("/carts/:id", add);', "route: POST /carts/:id"],
    ["app/a.py", '@app.get("/carts")', "route: GET /carts"],
    ["app/a.py", '@app.route("/carts", methods=["POST"])', "route: /carts"],
    ["src/A.java", '    @GetMapping("/carts")', "route: GET /carts"],
    ["main.go", '\tmux.HandleFunc("GET /carts", list)', "route: GET /carts"],
    ["config/routes.rb", '  post "carts", to: "carts#create"', "route: POST carts"],
    ["src/a.ts", "const key = process.env.CART_KEY;", "environment variable: CART_KEY"],
    ["a.py", 'key = os.environ["CART_KEY"]', "environment variable: CART_KEY"],
    ["a.go", 'key := os.Getenv("CART_KEY")', "environment variable: CART_KEY"],
    ["db/migrations/1.sql", "ALTER TABLE carts ADD COLUMN wheels int;", "schema change: ALTER TABLE carts"],
    ["db/migrate/1_x.rb", "    drop_table :carts", "schema change: drop_table :carts"],
    ["test/a.test.ts", '  it("adds \'em up", () => {', "test: adds 'em up"],
    ["tests/test_a.py", "def test_total():", "test: test_total"],
    ["a_test.go", "func TestTotal(t *testing.T) {", "test: TestTotal"],
    ["src/lib.rs", "    #[tokio::test]", "inline test: #[tokio::test]"],
    ["test/a.test.ts", '  it.skip("adds up", () => {', "skipped test: adds up"],
    ["tests/test_a.py", '@pytest.mark.skip(reason="slow")', 'skipped test: @pytest.mark.skip(reason="slow")'],
    ["src/a.ts", "  // TODO(ada): count wheels */", "open point: TODO(ada): count wheels"],
    ["src/a.ts", "<<<<<<< HEAD", "conflict marker: HEAD"],
    ["src/a.ts", "  debugger;", "debugging: debugger;"],
    ["test/a.test.ts", '  it.only("adds up", () => {', "debugging: it.only"],
  ])("finds in %s: %s", (path, line, expected) => {
    expect(addedIn(path, line)).toContain(expected);
  });

  it.each([
    ["README.md", 'app.get("/carts")'],
    ["src/todo.ts", "const todos = loadTODOS();"],
    ["src/a.ts", "dropTable(carts); // drop the table"],
    ["src/a.ts", `const x = "${"TODO: ".repeat(90)}";`],
    ["package-lock.json", '"x": "TODO: y"'],
  ])("finds nothing in %s: %s", (path, line) => {
    expect(addedIn(path, line)).toEqual([]);
  });

  it("doesn't report what only moves from one file to another", () => {
    const line = "const key = process.env.CART_KEY;";
    const gone = fileDiff("src/c.ts", ["-process.env.OLD_KEY"]);
    const findings = findingsOf(
      fileDiff("src/a.ts", [`-${line}`]),
      fileDiff("src/b.ts", [`+export ${line}`]),
      gone,
    );
    expect(findings).toEqual({
      added: [],
      removed: [{ kind: "environment variable", path: "src/c.ts", text: "OLD_KEY" }],
    });
  });
});
