import { describe, expect, it } from "@jest/globals";
import { InvalidArgumentError } from "../../src/core/errors.ts";
import { fingerprint } from "../../src/core/fingerprint.ts";
import { createPrepareRequest } from "../../src/core/prepare-request.ts";
import { toTypedInput } from "../../src/core/report-request.ts";
import type { ReportRequest } from "../../src/core/report-request.ts";
import { redaction } from "../../src/redaction/redaction.ts";
import { sampleRequest } from "../support/samples.ts";

const SECRET = `ghp_${"a1B2".repeat(9)}`;

function createCounted(maxRemembered = 100) {
  const seen: ReportRequest[] = [];
  const redactRequest = (request: ReportRequest): Promise<ReportRequest> => {
    seen.push(request);
    return redaction.redactRequest(request);
  };
  const prepare = createPrepareRequest({ redactRequest, promptVersion: "1", maxRemembered });
  return {
    prepare: ({ tenant, ...input }: ReportRequest) => prepare(tenant, input),
    prepareInput: prepare,
    seen,
  };
}

describe("making a request ready", () => {
  it("looks through a request without secrets once, whoever asks with it", async () => {
    const { prepare, seen } = createCounted();
    for (const userId of ["a", "b", "a"]) {
      const request = sampleRequest({ userId });
      expect(await prepare(request)).toEqual({ request, fingerprint: fingerprint(request, "1") });
    }
    expect(seen).toHaveLength(1);
  });

  it.each(["repo", "message", "diffSummary", "template", "commitSha"] as const)(
    "looks again when the %s is another one",
    async (field) => {
      const { prepare, seen } = createCounted();
      await prepare(sampleRequest());
      const { request } = await prepare(sampleRequest({ [field]: `x ${SECRET}` }));
      expect(request[field]).not.toContain(SECRET);
      expect(seen).toHaveLength(2);
    },
  );

  it.each(["files", "components"] as const)("looks again when the %s are others", async (field) => {
    const { prepare, seen } = createCounted();
    await prepare(sampleRequest());
    const { request } = await prepare(sampleRequest({ [field]: [`x ${SECRET}`] }));
    expect(request[field].join()).not.toContain(SECRET);
    expect(seen).toHaveLength(2);
  });

  it.each([
    ["without a user", { userId: "" }],
    ["with a user that is no text", { userId: 1 }],
    ["with a message that is no text", { message: ["x"] }],
    ["with files that are no texts", { files: [1] }],
    ["with a template that is null", { template: null }],
    ["with files that are null", { files: null }],
    ["with a list that has holes", { files: new Array<string>(3) }],
    ["that is too long", { diffSummary: "x".repeat(600_000) }],
  ])("refuses a request %s, also after a good one", async (_, changes) => {
    const { prepare, prepareInput, seen } = createCounted();
    const { tenant, ...input } = sampleRequest();
    await prepare(sampleRequest());
    const changed = prepareInput(tenant, { ...input, ...changes });
    await expect(changed).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(prepareInput(tenant, undefined)).rejects.toThrow(InvalidArgumentError);
    expect(seen).toHaveLength(1);
  });

  it("knows a request again that leaves out what has a default", async () => {
    const { prepareInput, seen } = createCounted();
    const { userId, commitSha, repo, message } = sampleRequest();
    const given = { userId, commitSha, repo, message };
    const prepared = [await prepareInput("a", given), await prepareInput("a", given)];
    const request = { ...given, tenant: "a", files: [], components: [], diffSummary: "" };
    expect(prepared.map((each) => each.request)).toEqual([request, request]);
    expect(seen).toHaveLength(1);
  });

  it.each([
    ["message", "x".repeat(10_000_000)],
    ["diffSummary", "x".repeat(10_000_000)],
    ["template", "x".repeat(10_000_000)],
    ["repo", "x".repeat(10_000_000)],
    ["files", ["x".repeat(10_000_000)]],
    ["components", new Array<string>(1e9)],
  ])("makes no digest of a %s that is far out of bounds", (field, value) => {
    expect(toTypedInput({ ...sampleRequest(), [field]: value })).toBeUndefined();
  });

  it("keeps lists as they were, whatever their owner does to them", async () => {
    const { prepareInput, seen } = createCounted();
    const { tenant, ...input } = sampleRequest();
    const given = { ...input, files: ["a.ts"], components: ["core"] };
    await prepareInput(tenant, given);
    const prepared = prepareInput(tenant, given);
    given.files.push(SECRET);
    given.components[0] = SECRET;
    const request = { ...input, tenant, files: ["a.ts"], components: ["core"] };
    expect(await prepared).toEqual({ request, fingerprint: fingerprint(request, "1") });
    expect(seen).toHaveLength(1);
  });

  it("tells tenants apart, and leaves out what it does not know", async () => {
    const { prepareInput } = createCounted();
    const { tenant: _, ...input } = sampleRequest();
    const prepared = await Promise.all(
      ["a", "b", "a"].map((tenant) => prepareInput(tenant, { ...input, tenant: "x", admin: true })),
    );
    expect(prepared.map(({ request }) => request)).toEqual(
      ["a", "b", "a"].map((tenant) => ({ ...input, tenant })),
    );
    expect(new Set(prepared.map(({ fingerprint: digest }) => digest)).size).toBe(2);
  });

  it("takes a secret out each time, with the same placeholder", async () => {
    const { prepare, seen } = createCounted();
    const request = sampleRequest({ message: `token ${SECRET}` });
    const first = await prepare(request);
    expect(first.request.message).not.toContain(SECRET);
    expect(first.fingerprint).toBe(fingerprint(first.request, "1"));
    expect(await prepare(request)).toEqual(first);
    expect(seen).toHaveLength(2);
  });

  it("forgets the request that was not seen for longest", async () => {
    const { prepare, seen } = createCounted(2);
    const ask = (commitSha: string) => prepare(sampleRequest({ commitSha }));
    for (const commitSha of ["1", "2", "3", "1", "3"]) await ask(commitSha);
    expect(seen.map(({ commitSha }) => commitSha)).toEqual(["1", "2", "3", "1"]);
  });
});
