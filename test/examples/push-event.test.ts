import { describe, expect, it } from "@jest/globals";
import { readPush } from "../../examples/github-webhook/push-event.ts";
import { toReportRequest } from "../../src/core/report-request.ts";
import { samplePush } from "./sample-push.ts";

function read(push: unknown) {
  return readPush(JSON.stringify(push));
}

describe("readPush", () => {
  it("reads a commit with its message, its files, its top folders and what became of each file", () => {
    expect(read(samplePush())).toEqual([
      {
        userId: "ada",
        commitSha: "9fceb02d0ae598e95dc970b74767f19372d61af8",
        repo: "acme/shop",
        message: "feat(cart): keep the cart over a restart\n\nCustomers lost their carts on every deploy.",
        files: ["src/store.ts", "README.md", "test/old.test.ts"],
        components: ["src", "test"],
        diffSummary: "A\tsrc/store.ts\nM\tREADME.md\nD\ttest/old.test.ts",
      },
    ]);
  });

  it("leaves out a commit that was pushed before", () => {
    expect(read(samplePush({ distinct: false }))).toEqual([]);
  });

  it("reads the deletion of a branch as no commit", () => {
    expect(read({ ...samplePush(), deleted: true, commits: [] })).toEqual([]);
  });

  it("keeps the newest twenty commits of a long push, in order", () => {
    const [commit] = samplePush().commits;
    const commits = Array.from({ length: 30 }, (_, index) => ({ ...commit, id: `commit-${index}` }));
    const read20 = read({ ...samplePush(), commits }) ?? [];
    expect(read20).toHaveLength(20);
    expect(read20[0]?.commitSha).toBe("commit-10");
    expect(read20.at(-1)?.commitSha).toBe("commit-29");
  });

  it("stays within what stepper takes, however large the commit is", () => {
    const files = Array.from({ length: 3_000 }, (_, index) => `folder-${index}/${"ü".repeat(200)}.ts`);
    const [commit] = read(samplePush({ message: "💥".repeat(20_000), added: files })) ?? [];
    expect(toReportRequest("public", commit)).toMatchObject({ message: "💥".repeat(10_000) });
  });

  it("gives a commit without a message one", () => {
    const [commit] = read(samplePush({ message: "" })) ?? [];
    expect(commit?.message).toBe("(no message)");
  });

  it.each(["", "payload=%7B%7D", "null", "[]", JSON.stringify({ zen: "Keep it logically awesome." })])(
    "says that %j is no push",
    (body) => {
      expect(readPush(body)).toBeUndefined();
    },
  );
});
