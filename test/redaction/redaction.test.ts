import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { reportContentSchema } from "../../src/core/report.ts";
import { redaction } from "../../src/redaction/redaction.ts";
import { createRedactor } from "../../src/redaction/redactor.ts";
import { sampleContent, sampleRequest } from "../support/samples.ts";
import { VENDOR_TOKENS, word } from "./made-secrets.ts";
import { SECRETS } from "./secrets.ts";

const { redactRequest, redactContent } = redaction;
const first = `ghp_${word(36, "first")}`;
const second = `ghp_${word(36, "second")}`;

describe("a redacted request", () => {
  it("has one placeholder for one secret, in whatever field it stands, and numbers for the others", async () => {
    const redacted = await redactRequest(
      sampleRequest({
        message: `Rotate ${second}`,
        files: [`keys/${first}.txt`],
        components: [first],
        diffSummary: `-token(${second})\n+token(${first})`,
        template: `Don't mention ${first} or ada@acme.io`,
      }),
    );
    expect(redacted).toEqual(
      sampleRequest({
        message: "Rotate [REDACTED:github-token:1]",
        files: ["keys/[REDACTED:github-token:2].txt"],
        components: ["[REDACTED:github-token:2]"],
        diffSummary: "-token([REDACTED:github-token:1])\n+token([REDACTED:github-token:2])",
        template: "Don't mention [REDACTED:github-token:2] or [REDACTED:email:1]",
      }),
    );
  });

  it.each(["v1.2.3-rc.1", "release/2024-05", "a".repeat(40), "c"])(
    "keeps who asks and for which commit, because callers need both again: %s",
    async (commitSha) => {
      const request = sampleRequest({ userId: "ada@acme.io", commitSha });
      expect(await redactRequest(request)).toEqual(request);
    },
  );

  it("takes a secret out of its commit and its repository, and keeps different commits apart", async () => {
    const redacted = await redactRequest(sampleRequest({ commitSha: first, repo: `acme/${second}` }));
    expect(redacted.repo).toBe("acme/[REDACTED:github-token:1]");
    expect(redacted.commitSha).toMatch(/^redacted-[0-9a-f]{40}$/);
    expect(await redactRequest(redacted)).toEqual(redacted);
    expect((await redactRequest(sampleRequest({ commitSha: second }))).commitSha).not.toBe(
      redacted.commitSha,
    );
  });

  it("is the same each time, and is not changed by redacting it again", async () => {
    const diffSummary = SECRETS.map(({ line }) => line).join("\n");
    const once = await redactRequest(sampleRequest({ diffSummary }));
    expect(await redactRequest(sampleRequest({ diffSummary }))).toEqual(once);
    expect(await redactRequest(once)).toEqual(once);
    for (const { secret } of SECRETS) expect(once.diffSummary).not.toContain(secret);
  });

  it("goes on counting behind the placeholders that it came with", async () => {
    const message = `[REDACTED:github-token:7] was ${first}`;
    expect((await redactRequest(sampleRequest({ message }))).message).toBe(
      "[REDACTED:github-token:7] was [REDACTED:github-token:8]",
    );
  });

  it("lets others go on while a large one is looked through", async () => {
    const files = Array.from({ length: 400 }, (_, index) => `${"a/".repeat(500)}${index}`);
    let wentOn = false;
    setImmediate(() => (wentOn = true));
    const redacted = await redactRequest(sampleRequest({ files }));
    expect(redacted.files).toEqual(files);
    expect(wentOn).toBe(true);
  });
});

describe("redacted content of a model's", () => {
  it("is still a report when placeholders are longer than what they stand for", () => {
    const email = "x@y.io";
    const content = sampleContent({
      title: `${"t".repeat(112)} ${email}`,
      summary: `${"s".repeat(1_990)} ${email}`,
      changes: [`${"c".repeat(990)} ${email}`],
      tags: [`${"g".repeat(56)} ${email}`],
    });
    const redacted = redactContent(content);
    expect(reportContentSchema.safeParse(redacted).error).toBeUndefined();
    expect(JSON.stringify(redacted)).not.toContain(email);
  });

  it("is untouched when it holds nothing secret", () => {
    expect(redactContent(sampleContent())).toEqual(sampleContent());
  });
});

describe("redaction", () => {
  it("takes the tail of a longer secret that begins in a shorter one", () => {
    const token = `ghp_${word(36, "overlap")}`;
    const line = `+DB_PASSWORD=${token}!Zx81`;
    expect(createRedactor([line]).redact(line)).toBe("+DB_PASSWORD=[REDACTED:github-token:1]");
  });

  const separator = fc.constantFrom(" ", "\n", '"', "'", "(", "=", ":", ",", "\t", "`", ">", "\n+", "\n-");

  it("leaves no token of a vendor's, whatever stands around it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VENDOR_TOKENS),
        fc.string({ unit: "grapheme", maxLength: 40 }),
        separator,
        separator,
        ([, token], text, before, after) => {
          const diff = text + before + token + after + text;
          expect(createRedactor([diff]).redact(diff)).not.toContain(token);
        },
      ),
    );
  });

  it("changes no text that is made of words", () => {
    const letters = fc.string({
      unit: fc.constantFrom(...Array.from("abcdefghijklmnopqrstuvwxyz")),
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 50 }),
        fc.constantFrom(" ", "\n", ".", "_", "/"),
        (words, glue) => {
          const text = words.join(glue);
          expect(createRedactor([text]).redact(text)).toBe(text);
        },
      ),
    );
  });

  it("takes any text, and does nothing the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const once = createRedactor([text]).redact(text);
        expect(createRedactor([once]).redact(once)).toBe(once);
      }),
    );
  });
});
