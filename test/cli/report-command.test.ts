import { describe, expect, it } from "@jest/globals";
import { join } from "node:path";
import { aReport } from "./a-report.ts";
import { createDeferred } from "./deferred.ts";
import { answerWithMessage, createHarness, useHistories } from "./report-harness.ts";

const createHistory = useHistories();

describe("stepper report", () => {
  it("prints the latest commit's report as Markdown", async () => {
    const { repository, commits } = createHistory("one", "two");
    const { run, opened, state, stderr } = createHarness(repository);
    const { exitCode, stdout } = await run([]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^# Report on two\n/);
    expect(stdout).toContain(`commit \`${commits[1]?.slice(0, 12) ?? ""}\``);
    expect({ opened, ...state, stderr: stderr.text() }).toEqual({
      opened: [undefined],
      closed: 1,
      stderr: "",
    });
  });

  it("gives the source the commit as git has it, and the server as the user named it", async () => {
    const { repository, commits } = createHistory("one");
    const inputs: unknown[] = [];
    const { run, opened } = createHarness(repository, (input, context) => {
      inputs.push(input);
      return answerWithMessage(input, context);
    });
    await run(["--server", "http://localhost:3001"]);
    expect(opened).toEqual(["http://localhost:3001"]);
    expect(inputs).toEqual([
      {
        userId: "ada@example.com",
        commitSha: commits[0],
        repo: "acme/shop",
        message: "one",
        files: ["src/one"],
        components: ["src"],
        diffSummary: expect.stringContaining("+++ b/src/one\n@@ -0,0 +1 @@\n+x\n"),
      },
    ]);
  });

  it("prints one JSON array, in the order of the commits however the reports come", async () => {
    const { repository, commits } = createHistory("zero", "one", "two");
    const laterIsDone = createDeferred();
    const { run } = createHarness(repository, async (input, context) => {
      if (input.message === "one") await laterIsDone.promise;
      else laterIsDone.resolve(undefined);
      return answerWithMessage(input, context);
    });
    const { stdout } = await run(["HEAD~2..HEAD", "--json"]);
    const report = (title: string) => aReport({ title });
    expect(JSON.parse(stdout)).toEqual([
      {
        commitSha: commits[1],
        repo: "acme/shop",
        cached: true,
        stale: false,
        report: report("Report on one"),
      },
      {
        commitSha: commits[2],
        repo: "acme/shop",
        cached: true,
        stale: false,
        report: report("Report on two"),
      },
    ]);
  });

  it("prints the other reports when one fails, says which, and exits with 1", async () => {
    const { repository, commits } = createHistory("zero", "one", "two", "three");
    const { run, stderr, state } = createHarness(repository, (input, context) =>
      input.message === "two"
        ? Promise.reject(new Error("server\nsays no"))
        : answerWithMessage(input, context),
    );
    const { exitCode, stdout } = await run(["HEAD~3..HEAD"]);
    expect(exitCode).toBe(1);
    expect(stdout.match(/^# .*/gm)).toEqual(["# Report on one", "# Report on three"]);
    expect(stderr.text()).toBe(`stepper: ${commits[2]?.slice(0, 12) ?? ""}: server; says no\n`);
    expect(state.closed).toBe(1);
  });

  it("prints valid JSON when every report fails", async () => {
    const { repository } = createHistory("one");
    const { run } = createHarness(repository, () => Promise.reject(new Error("no")));
    expect(await run(["--json"])).toEqual({ exitCode: 1, stdout: "[]\n" });
  });

  it("works on four commits at a time", async () => {
    const { repository } = createHistory("0", "1", "2", "3", "4", "5", "6");
    const running = { now: 0, most: 0 };
    const fourRun = createDeferred();
    const { run } = createHarness(repository, async (input, context) => {
      running.most = Math.max(running.most, ++running.now);
      if (running.now === 4) fourRun.resolve(undefined);
      await fourRun.promise;
      running.now -= 1;
      return answerWithMessage(input, context);
    });
    await run(["HEAD~6..HEAD"]);
    expect(running.most).toBe(4);
  });

  it("opens no source when git fails", async () => {
    const { repository } = createHistory("one");
    const { run, opened } = createHarness(repository);
    await expect(run(["nope"])).rejects.toThrow("unknown revision 'nope'");
    expect(opened).toEqual([]);
  });

  it("warns that it knows only the message where a shallow clone ends", async () => {
    const { repository } = createHistory("one", "two");
    const clone = join(repository.directory, "../shallow");
    repository.git("clone", "--quiet", "--depth=1", `file://${repository.directory}`, clone);
    const harness = createHarness({ ...repository, directory: clone });
    expect((await harness.run([])).exitCode).toBe(0);
    expect(harness.stderr.text()).toMatch(/^stepper: [0-9a-f]{12}: this shallow clone ends here[^\n]*\n$/);
  });
});
