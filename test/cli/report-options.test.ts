import { describe, expect, it } from "@jest/globals";
import { parseReportOptions } from "../../src/cli/report-options.ts";

describe("parseReportOptions", () => {
  it("takes HEAD of the working directory and Markdown when nothing is said", () => {
    expect(parseReportOptions([])).toEqual({
      revision: "HEAD",
      repo: undefined,
      server: undefined,
      json: false,
    });
  });

  it("reads a range and every option, in any order", () => {
    const args = ["--json", "A..B", "--repo", "../shop", "--server=https://example.com/stepper"];
    expect(parseReportOptions(args)).toEqual({
      revision: "A..B",
      repo: "../shop",
      server: "https://example.com/stepper",
      json: true,
    });
  });

  it.each([
    [["A", "B"], "report takes one revision or range"],
    [["--jsno"], /^unknown option '--jsno'; see stepper report --help$/],
    [["--repo"], /^option '--repo <value>' argument missing; see stepper report --help$/],
    [["--repo", "--json"], /^option '--repo' argument is ambiguous; see stepper report --help$/],
    [["--json=1"], /^option '--json' does not take an argument; see stepper report --help$/],
    [["--repo="], "--repo is empty"],
    [[""], "the revision is empty"],
    [["--server", "localhost:3001"], "--server must be a URL such as http://localhost:3001"],
    [["--server", "example"], "--server must be a URL"],
  ])("refuses %j with a usage error", (args, message) => {
    expect(() => parseReportOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => parseReportOptions(args)).toThrow(message);
  });
});
