import { describe, expect, it } from "@jest/globals";
import { toMarkdown } from "../../src/cli/markdown.ts";
import { aReport } from "./a-report.ts";
import type { Report } from "../../src/core/report.ts";

const COMMIT = {
  commitSha: "0123456789abcdef0123456789abcdef01234567",
  repo: "acme/shop",
  cached: false,
  stale: false,
};

function print(different: Partial<Report> = {}, stale = false): string {
  return toMarkdown({ ...COMMIT, stale, report: aReport(different) });
}

describe("toMarkdown", () => {
  it("prints a report as a team reads it", () => {
    expect(print()).toBe(`# Cache the price list

\`acme/shop\` · commit \`0123456789ab\`

Prices are now read once an hour instead of once a request.

## Changes

- Add a cache
- Read prices through it

## Why

The price service was the slowest part of a request.

## Impact and tests

Checkout; test an hour's rollover.

## Next steps

- Measure it

Tags: \`cache\` \`prices\`

---

_Written by gemini (model \`gemini-2.5-flash\`) at 2025-01-02T03:04:05.000Z, prompt version 1._
`);
  });

  it("leaves out what there is none of", () => {
    const text = print({ nextSteps: [], tags: [] });
    expect(text).not.toContain("Next steps");
    expect(text).not.toContain("Tags");
  });

  it("is honest about a fallback", () => {
    const text = print({ fallback: true, provider: "template", model: "" });
    expect(text).toContain("No provider answered: a template made this from the commit alone");
    expect(text).not.toContain("Written by");
  });

  it("warns of a commit that may have swayed the model", () => {
    expect(print({ warnings: ["suspected_prompt_injection"] })).toContain("Beware: the commit holds text");
  });

  it("says when the report is an old one", () => {
    expect(print({}, true)).toContain("This copy is an old one");
    expect(print()).not.toContain("old one");
    expect(print({ fallback: true }, true)).not.toContain("old one");
  });

  it("keeps a title on its line and its signs visible", () => {
    expect(print({ title: "# Support\nC #" })).toMatch(/^# \\# Support C \\#\n\n/);
  });

  it("lets no text become a heading, a rule, a fence or a tag", () => {
    const summary = "Intro\n# Not a heading\n---\n```sh\nrm\n<script> Array<string> `Map<k>`\n=====";
    expect(print({ summary })).toContain(
      "Intro\n\\# Not a heading\n\\---\n\\```sh\nrm\n\\<script> Array\\<string> `Map<k>`\n\\=====",
    );
  });

  it("keeps a list that a model wrote, and a #12 that is no heading", () => {
    expect(print({ rationale: "- one\n- two\n#12 asked" })).toContain("\n- one\n- two\n#12 asked\n");
  });

  it("keeps each change on one line", () => {
    expect(print({ changes: ["One\n\n## Two", "Three"] })).toContain("- One ## Two\n- Three");
  });

  it("keeps backticks inside of code", () => {
    expect(print({ tags: ["a`b"] })).toContain("Tags: `` a`b ``");
  });

  it("lets no escape sequence through to a terminal", () => {
    const escape = "\u001b]0;owned\u0007\u009b31m";
    const text = print({ title: `Title of it${escape}`, summary: escape, changes: [escape], tags: [escape] });
    expect(text).not.toMatch(/[\u001b\u0007\u009b]/);
  });
});
