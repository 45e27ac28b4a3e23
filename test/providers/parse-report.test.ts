import { describe, expect, it } from "@jest/globals";
import { parseReport } from "../../src/providers/parse-report.ts";
import { SAMPLE_REPORT, SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";

const { impactAndTests, nextSteps, ...others } = SAMPLE_REPORT;
const SNAKE_CASE = { ...others, impact_and_tests: impactAndTests, next_steps: nextSteps };
const withFields = (change: object) => JSON.stringify({ ...SAMPLE_REPORT, ...change });

function contentOf(reply: unknown) {
  const parsed = parseReport(reply);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.content;
}

function problemOf(reply: unknown): string {
  const parsed = parseReport(reply);
  if (parsed.ok) throw new Error("the reply was accepted");
  return parsed.problem;
}

describe("parseReport finds the report", () => {
  it.each<[string, unknown]>([
    ["as bare JSON", SAMPLE_REPORT_TEXT],
    ["indented over many lines", JSON.stringify(SAMPLE_REPORT, null, 2)],
    ["as an object", SAMPLE_REPORT],
    ["in a code fence with a language", `\`\`\`json\n${SAMPLE_REPORT_TEXT}\n\`\`\``],
    ["in a code fence without one", `\`\`\`\n${SAMPLE_REPORT_TEXT}\n\`\`\``],
    ["between prose", `Here is the report:\n\n${SAMPLE_REPORT_TEXT}\n\nTell me if you want {more}.`],
    ["after prose with braces", `The type {a, b} and {"x" changed. ${SAMPLE_REPORT_TEXT}`],
    ["after a lone quote", `It's 5" wide. ${SAMPLE_REPORT_TEXT}`],
    ["after another object", `{"thought": "I must reply with JSON"} ${SAMPLE_REPORT_TEXT}`],
    ["after an object that is no JSON", `{"a": nope, 'b'} ${SAMPLE_REPORT_TEXT}`],
    ["inside an object that is no JSON", `{"report": ${SAMPLE_REPORT_TEXT}, trailing,}`],
    ["before a report that is not valid", `${SAMPLE_REPORT_TEXT} {"title": "short"}`],
    ["after a report that is not valid", `{"title": "short"} ${SAMPLE_REPORT_TEXT}`],
    ["with a byte order mark", `\uFEFF${SAMPLE_REPORT_TEXT}`],
    ["in snake_case", JSON.stringify(SNAKE_CASE)],
    ["in a wrapper", JSON.stringify({ report: SAMPLE_REPORT })],
    ["in a wrapper, as text", JSON.stringify({ report: SAMPLE_REPORT_TEXT })],
    ["in a wrapper, as fenced text", JSON.stringify({ report: `\`\`\`json\n${SAMPLE_REPORT_TEXT}\n\`\`\`` })],
    ["in two wrappers", JSON.stringify({ output: { report: SNAKE_CASE } })],
    ["with fields that a report has not", withFields({ confidence: 0.9 })],
  ])("%s", (_, reply) => {
    expect(contentOf(reply)).toEqual(SAMPLE_REPORT);
  });

  it("with braces, quotes and backslashes in its strings", () => {
    const rationale = 'Uses "{" and \\ and } in `{"title": "x"}`';
    expect(contentOf(`Sure! ${withFields({ rationale })} Bye }`).rationale).toBe(rationale);
  });
});

describe("parseReport puts right", () => {
  it.each<[string, string, object, unknown]>([
    ["tags as text with commas", "tags", { tags: "a, b; c" }, ["a", "b", "c"]],
    ["tags as text with hashes", "tags", { tags: "#a #b-c" }, ["a", "b-c"]],
    ["tags as lines", "tags", { tags: "- a\n- b" }, ["a", "b"]],
    ["hashes in a list of tags", "tags", { tags: ["#a", "c#"] }, ["a", "c#"]],
    ["tags of null", "tags", { tags: null }, []],
    ["absent tags", "tags", { tags: undefined }, []],
    ["absent next steps", "nextSteps", { nextSteps: undefined }, []],
    ["next steps as numbered lines", "nextSteps", { nextSteps: "1. One\n2) Two\n\n" }, ["One", "Two"]],
    [
      "changes as bullets",
      "changes",
      { changes: "- One - and\n* Two\n• Three" },
      ["One - and", "Two", "Three"],
    ],
    ["changes as one line", "changes", { changes: "One" }, ["One"]],
    ["blank entries", "changes", { changes: ["One", " ", ""] }, ["One"]],
    ["a text as a list", "impactAndTests", { impactAndTests: ["One.", "Two."] }, "One.\nTwo."],
    ["a field under two names", "tags", { tags: ["a"], Tags: ["b"] }, ["a"]],
    ["space around a text", "rationale", { rationale: "\n Because. " }, "Because."],
  ])("%s", (_, field, change, expected) => {
    expect(contentOf(withFields(change))).toHaveProperty(field, expected);
  });
});

describe("parseReport tells what is wrong", () => {
  it.each<[string, unknown, RegExp]>([
    ["with an empty reply", "", /^it holds no complete JSON object/],
    ["with prose", "I can't help with that.", /^it holds no complete JSON object/],
    ["with a reply cut off", SAMPLE_REPORT_TEXT.slice(0, -1), /^it holds no complete JSON object/],
    ["with another object", '{"answer": 42}', /^it holds no complete JSON object/],
    ["with nothing", undefined, /^it holds no complete JSON object/],
    ["with a list", [SAMPLE_REPORT], /^it holds no complete JSON object/],
    ["with a short title", withFields({ title: "Fix" }), /^title must have at least 10 characters$/],
    ["with no changes", withFields({ changes: [] }), /^changes must have at least 1 entry$/],
    ["with a missing field", withFields({ summary: undefined }), /^summary is required$/],
    [
      "with an entry of another type",
      withFields({ changes: ["One", { a: 1 }] }),
      /^changes\[1\] must be text$/,
    ],
    ["with several", withFields({ title: "", rationale: 5 }), /^title must .*; rationale must be text$/],
  ])("%s", (_, reply, expected) => {
    expect(problemOf(reply)).toMatch(expected);
  });

  it("briefly, and without a word of the reply", () => {
    const secret = "sk-SECRET";
    const changes = Array.from({ length: 40 }, () => ({ [secret]: secret }));
    const problem = problemOf(
      withFields({ title: secret, changes, rationale: { secret }, [secret]: secret }),
    );
    expect(problem).not.toContain("SECRET");
    expect(problem.length).toBeLessThan(500);
    expect(problem).toMatch(/; and \d+ more$/);
  });
});

describe("parseReport takes linear time", () => {
  const MEGABYTES = 10_000_000;

  it.each([
    ["open braces", "{".repeat(MEGABYTES)],
    ["starts of objects", '{"'.repeat(MEGABYTES / 2)],
    ["nested objects", '{"a":'.repeat(MEGABYTES / 5)],
    ["nested objects that are closed", `${'{"a":'.repeat(500_000)}1${"}".repeat(500_000)}`],
    ["nested objects that are no JSON", `${'{"a":'.repeat(500_000)}nope${"}".repeat(500_000)}`],
    ["space", `{${" ".repeat(MEGABYTES)}`],
    ["quotes", '{"a":"'.concat('"'.repeat(MEGABYTES))],
    ["backslashes", '{"a":"'.concat("\\".repeat(MEGABYTES))],
    ["wrapped starts of objects", JSON.stringify({ a: '{"'.repeat(300_000), b: '{"'.repeat(300_000) })],
  ])("on ten megabytes of %s", (_, reply) => {
    const startedAt = performance.now();
    expect(problemOf(reply)).toMatch(/^it holds no complete JSON object/);
    // Quadratic time would take hours; the bound leaves room for a slow machine.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
