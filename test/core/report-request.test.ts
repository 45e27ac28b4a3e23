import { describe, expect, it } from "@jest/globals";
import { InvalidArgumentError } from "../../src/core/errors.ts";
import { toReportRequest } from "../../src/core/report-request.ts";
import { sampleInput } from "../support/samples.ts";

const ROCKET = "🚀";
const HALF_MIB = 512 * 1024;

/** The violations of an input with these changes; empty when it is taken. */
function violationsOf(changes: Readonly<Record<string, unknown>>): readonly unknown[] {
  try {
    toReportRequest("public", { ...sampleInput(), ...changes });
    return [];
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.fields;
    throw error;
  }
}

describe("toReportRequest", () => {
  it("takes a whole commit as it is, for the tenant that asks", () => {
    const input = { ...sampleInput(), diffSummary: " +1\n", template: " Be brief. " };
    expect(toReportRequest("acme", input)).toEqual({ ...input, tenant: "acme" });
  });

  it("needs no more than user, commit, repository and message", () => {
    const { userId, commitSha, repo, message } = sampleInput();
    const bare = { userId, commitSha, repo, message };
    const request = toReportRequest("public", bare);
    expect(request).toEqual({ ...bare, files: [], components: [], diffSummary: "", tenant: "public" });
    expect(request).not.toHaveProperty("template");
  });

  it("takes the tenant from nobody but its caller, and drops what it does not know", () => {
    const request = toReportRequest("mine", { ...sampleInput(), tenant: "theirs", admin: true });
    expect(request.tenant).toBe("mine");
    expect(request).not.toHaveProperty("admin");
  });
});

describe.each([
  ["userId", 1, 128],
  ["commitSha", 1, 64],
  ["repo", 1, 255],
  ["message", 1, 10_000],
  ["template", 0, 10_000],
])("%s", (field, min, max) => {
  it.each([
    ["letters", "x"],
    ["emoji", ROCKET],
  ])(`has from ${min} to ${max} characters, be they %s`, (_, character) => {
    expect(violationsOf({ [field]: character.repeat(min) })).toEqual([]);
    expect(violationsOf({ [field]: character.repeat(max) })).toEqual([]);
    expect(violationsOf({ [field]: character.repeat(max + 1) })).toEqual([
      { field, description: `must have at most ${max} characters` },
    ]);
  });

  if (min === 1) {
    it("is not empty", () => {
      expect(violationsOf({ [field]: "" })).toEqual([{ field, description: "must not be empty" }]);
    });
    it("is not left out", () => {
      expect(violationsOf({ [field]: undefined })).toEqual([{ field, description: "is required" }]);
    });
  }
});

describe.each([
  ["files", 2_000, 2_048],
  ["components", 200, 256],
])("%s", (field, maxEntries, maxLength) => {
  it(`has at most ${maxEntries} entries`, () => {
    expect(violationsOf({ [field]: Array<string>(maxEntries).fill("a") })).toEqual([]);
    expect(violationsOf({ [field]: Array<string>(maxEntries + 1).fill("a") })).toEqual([
      { field, description: `must have at most ${maxEntries} entries` },
    ]);
  });

  it(`has entries of at most ${maxLength} characters, and names the one that is longer`, () => {
    const longest = ROCKET.repeat(maxLength);
    expect(violationsOf({ [field]: ["", longest] })).toEqual([]);
    expect(violationsOf({ [field]: ["a", `${longest}x`, "b"] })).toEqual([
      { field: `${field}[1]`, description: `must have at most ${maxLength} characters` },
    ]);
  });

  it("is a list of texts", () => {
    const noList = [{ field, description: "must be a list" }];
    expect(violationsOf({ [field]: "a" })).toEqual(noList);
    expect(violationsOf({ [field]: null })).toEqual(noList);
    expect(violationsOf({ [field]: ["a", 1] })).toEqual([
      { field: `${field}[1]`, description: "must be text" },
    ]);
  });
});

describe("diffSummary", () => {
  const description = `must have at most ${HALF_MIB} bytes of UTF-8`;

  it.each([
    ["letters of one byte", "x", HALF_MIB],
    ["letters of two bytes", "é", HALF_MIB / 2],
    ["emoji of four bytes", ROCKET, HALF_MIB / 4],
  ])("has at most 512 KiB, in %s", (_, character, most) => {
    expect(violationsOf({ diffSummary: character.repeat(most) })).toEqual([]);
    expect(violationsOf({ diffSummary: `${character.repeat(most)}x` })).toEqual([
      { field: "diffSummary", description },
    ]);
  });
});

describe("an input with several faults", () => {
  it("has every bad field named at once", () => {
    const files = ["a", "f".repeat(3_000)];
    const changes = { userId: "", message: 7, files, components: {}, diffSummary: [], template: false };
    const fields = violationsOf(changes).map((violation) => (violation as { field: string }).field);
    expect(fields).toEqual(["userId", "message", "files[1]", "components", "diffSummary", "template"]);
  });

  it("is refused in one line that says what to mend", () => {
    expect(() => toReportRequest("public", { ...sampleInput(), userId: "", repo: "" })).toThrow(
      "userId must not be empty and repo must not be empty",
    );
  });

  it.each([[undefined], [null], ["text"], [7], [[]]])("is refused when it is no object but %j", (input) => {
    expect(() => toReportRequest("public", input)).toThrow(
      new InvalidArgumentError([
        { field: "", description: input === undefined ? "is required" : "must be an object" },
      ]),
    );
  });

  it("is refused as an argument that no retry makes good", () => {
    expect(() => toReportRequest("public", {})).toThrow(
      expect.objectContaining({ kind: "invalid_argument", retryable: false }),
    );
  });
});
