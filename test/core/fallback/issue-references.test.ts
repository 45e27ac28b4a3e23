import { describe, expect, it } from "@jest/globals";
import { issueReferences } from "../../../src/core/fallback/issue-references.ts";

describe("issueReferences", () => {
  it("finds issues, pull requests, keys and advisories, each once", () => {
    const text = "Fix #12 and (#13), like acme/shop#14 and #12. See SHOP-7, GH-8, !9 and CVE-2024-12345.";
    expect(issueReferences(text)).toEqual([
      "#12",
      "#13",
      "acme/shop#14",
      "SHOP-7",
      "GH-8",
      "!9",
      "CVE-2024-12345",
    ]);
  });

  it.each(["UTF-8", "SHA-256", "ISO-8601", "a#1b", "color #123456ff", "x86-64", "&#39;", "RFC-9110"])(
    "doesn't take %j for a reference",
    (text) => {
      expect(issueReferences(text)).toEqual([]);
    },
  );
});
