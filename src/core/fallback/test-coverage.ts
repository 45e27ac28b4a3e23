import type { ChangedFile } from "./changed-files.ts";
import type { LineFindings } from "./line-findings.ts";

/** Which source files change together with a test, as far as names tell. */
export interface TestCoverage {
  readonly tests: readonly ChangedFile[];
  /** Source files whose behaviour may change. */
  readonly sources: readonly ChangedFile[];
  /** Those of `sources` that no changed test is named after. */
  readonly untested: readonly ChangedFile[];
}

/** Languages in which tests of a file's own are usual. */
const TESTABLE =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|rb|go|rs|java|kt|scala|groovy|clj|c|cc|cpp|cxx|m|mm|cs|fs|swift|dart|php|pl|lua|jl|exs?|erl|hs|ml|elm|zig|sol)$/i;
const DECLARATION_ONLY = /\.d\.[cm]?ts$/i;
const TEST_MARK = /^test[s_-]+|[._-](?:test|tests|spec|e2e|cy)$|(?:test|tests|spec)$/i;

/** Looks for a changed test of the same name for each changed source file. Tests within a source file count, too. */
export function testCoverage(files: readonly ChangedFile[], { added, removed }: LineFindings): TestCoverage {
  const tests = files.filter(({ kind, path }) => kind === "test" && TESTABLE.test(path));
  const sources = files.filter(mayChangeBehaviour);
  const tested = new Set(tests.map(({ path }) => stem(path).replace(TEST_MARK, "")));
  const inlineTests = new Set(
    [...added, ...removed].filter(({ kind }) => kind === "inline test").map(({ path }) => path),
  );
  const untested = sources.filter(({ path }) => !inlineTests.has(path) && !tested.has(nameOf(path)));
  return { tests, sources, untested };
}

function mayChangeBehaviour({ kind, path, status, added, removed }: ChangedFile): boolean {
  const unchanged =
    status === "deleted" || ((status === "renamed" || status === "copied") && added === 0 && removed === 0);
  return kind === "source" && !unchanged && TESTABLE.test(path) && !DECLARATION_ONLY.test(path);
}

/** A file's name without extension; of an `index` or the like its folder's, since tests are named after that. */
function nameOf(path: string): string {
  const name = stem(path);
  const folder = path.split("/").at(-2);
  return folder !== undefined && /^(?:index|mod|lib|__init__|main)$/.test(name) ? folder.toLowerCase() : name;
}

function stem(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}
