import { describe, expect, it } from "@jest/globals";
import { parseJobsOptions } from "../../src/cli/jobs-options.ts";

describe("parseJobsOptions", () => {
  it("lists fifty failed jobs in lines when nothing else is said", () => {
    expect(parseJobsOptions(["list", "--failed"])).toEqual({ action: "list", limit: 50, json: false });
  });

  it("reads every option of list, in any order", () => {
    const args = ["--json", "list", "--limit=99999", "--failed"];
    expect(parseJobsOptions(args)).toEqual({ action: "list", limit: 99_999, json: true });
  });

  it("reads as many ids as are given to retry", () => {
    expect(parseJobsOptions(["retry", "a", "b"])).toEqual({ action: "retry", jobIds: ["a", "b"] });
  });

  it.each([
    [[], "jobs needs list, retry or cancel; see stepper jobs --help"],
    [["show"], "unknown jobs command; see stepper jobs --help"],
    [["list"], "jobs list needs --failed"],
    [["list", "--failed", "a"], "jobs list takes options only"],
    [["list", "--failed", "--limit", "0"], "--limit must be a whole number from 1 to 99999"],
    [["list", "--failed", "--limit", "1.5"], "--limit must be a whole number from 1 to 99999"],
    [["list", "--failed", "--limit", "100000"], "--limit must be a whole number from 1 to 99999"],
    [["list", "--failed", "--limit"], /^option '--limit <value>' argument missing; see stepper jobs --help$/],
    [["list", "--failed", "--all"], /^unknown option '--all'; see stepper jobs --help$/],
    [["retry"], "jobs retry needs the id of a job"],
    [["retry", "a", "--json"], "jobs retry takes no options"],
    [["retry", ""], "an id is empty"],
  ])("refuses %j with a usage error", (args, message) => {
    expect(() => parseJobsOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => parseJobsOptions(args)).toThrow(message);
  });
});
