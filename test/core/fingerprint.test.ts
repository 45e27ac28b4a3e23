import { describe, expect, it } from "@jest/globals";
import { fingerprint } from "../../src/core/fingerprint.ts";
import type { ReportRequest } from "../../src/core/report-request.ts";
import { sampleRequest } from "../support/samples.ts";

const request = sampleRequest({ template: "Be brief.", diffSummary: "+1" });
const key = fingerprint(request, "1");

/** How many different fingerprints these requests have. */
function countOf(requests: readonly Partial<ReportRequest>[]): number {
  return new Set(requests.map((changes) => fingerprint({ ...request, ...changes }, "1"))).size;
}

/** Every way to cut a text into three parts. */
function cutInThree(text: string): readonly [string, string, string][] {
  const places = Array.from({ length: text.length + 1 }, (_, index) => index);
  return places.flatMap((first) =>
    places
      .filter((second) => second >= first)
      .map((second): [string, string, string] => [
        text.slice(0, first),
        text.slice(first, second),
        text.slice(second),
      ]),
  );
}

describe("fingerprint", () => {
  it("is a SHA-256 in hex, the same for the same content", () => {
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint(structuredClone(request), "1")).toBe(key);
  });

  it("does not ask in which order a caller wrote the fields", () => {
    const reversed = Object.fromEntries(Object.entries(request).reverse()) as unknown as ReportRequest;
    expect(fingerprint(reversed, "1")).toBe(key);
  });

  it.each<[keyof ReportRequest, Partial<ReportRequest>]>([
    ["tenant", { tenant: "other" }],
    ["repo", { repo: "acme/other" }],
    ["commitSha", { commitSha: "other" }],
    ["message", { message: `${request.message} ` }],
    ["files", { files: [...request.files].reverse() }],
    ["components", { components: [...request.components, ""] }],
    ["diffSummary", { diffSummary: "-1" }],
    ["template", { template: "Be long." }],
  ])("changes with %s", (_, changes) => {
    expect(fingerprint({ ...request, ...changes }, "1")).not.toBe(key);
  });

  it("changes with the prompt's version, so that a new prompt never serves old answers", () => {
    expect(fingerprint(request, "2")).not.toBe(key);
  });

  it("is the same for two colleagues", () => {
    expect(fingerprint({ ...request, userId: "grace" }, "1")).toBe(key);
  });

  it("tells a commit without a template from one whose template looks like none", () => {
    const { template: _, ...bare } = request;
    const keys = [bare, { ...bare, template: "null" }, { ...bare, template: "undefined" }];
    expect(new Set(keys.map((one) => fingerprint(one, "1"))).size).toBe(3);
    expect(fingerprint({ ...bare, template: undefined }, "1")).toBe(fingerprint(bare, "1"));
  });
});

describe("no text moved from one field to another gives the same fingerprint", () => {
  const text = 'a","b]';

  it.each<[string, (parts: readonly [string, string, string]) => Partial<ReportRequest>]>([
    ["tenant, repo and commit", ([tenant, repo, commitSha]) => ({ tenant, repo, commitSha })],
    [
      "commit, message and diff",
      ([commitSha, message, diffSummary]) => ({ commitSha, message, diffSummary }),
    ],
    [
      "message, diff and template",
      ([message, diffSummary, template]) => ({ message, diffSummary, template }),
    ],
    ["one file, another and a third", (files) => ({ files: [...files] })],
    [
      "a file, a component and the diff",
      ([file, component, diffSummary]) => ({ files: [file], components: [component], diffSummary }),
    ],
  ])("between %s", (_, toChanges) => {
    const cuts = cutInThree(text);
    expect(countOf(cuts.map(toChanges))).toBe(cuts.length);
  });

  it("between files and components", () => {
    expect(
      countOf([
        { files: ["a", "b"], components: [] },
        { files: ["a"], components: ["b"] },
        { files: [], components: ["a", "b"] },
        { files: ["a,b"], components: [] },
        { files: ['a","b'], components: [] },
        { files: ["ab"], components: [] },
      ]),
    ).toBe(6);
  });
});

it("halves of a surrogate pair are told apart, and from what they are often replaced with", () => {
  const messages = ["\ud800", "\udc00", "\ufffd", "\\ud800", "\ud800\udc00"];
  expect(countOf(messages.map((message) => ({ message })))).toBe(messages.length);
});
