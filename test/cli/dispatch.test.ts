import { constants } from "node:os";
import { describe, expect, it } from "@jest/globals";
import { CommandError, Interrupted, usageError } from "../../src/cli/command-error.ts";
import { writeText } from "../../src/cli/command-context.ts";
import type { Command } from "../../src/cli/command-context.ts";
import { dispatch } from "../../src/cli/dispatch.ts";
import { closedPipe, createCapture } from "./capture.ts";

async function run(args: readonly string[], command: Command = () => Promise.resolve(0)) {
  const stdout = createCapture();
  const stderr = createCapture();
  let loaded = false;
  const load = () => {
    loaded = true;
    return Promise.resolve(command);
  };
  const exitCode = await dispatch(
    args,
    { environment: {}, stdout, stderr, signal: new AbortController().signal },
    { commands: { report: { help: "help of report\n", load } }, readVersion: () => Promise.resolve("1.2.3") },
  );
  return { exitCode, stdout: stdout.text(), stderr: stderr.text(), loaded };
}

describe("dispatch", () => {
  it("gives a command its arguments and answers with its exit code", async () => {
    let seen: readonly string[] = [];
    const { exitCode } = await run(["report", "HEAD", "--json"], (args) => {
      seen = args;
      return Promise.resolve(7);
    });
    expect(exitCode).toBe(7);
    expect(seen).toEqual(["HEAD", "--json"]);
  });

  it("prints help and version", async () => {
    expect((await run(["--help"])).stdout).toContain("stepper report");
    expect((await run(["-h"])).stdout).toContain("stepper serve");
    expect((await run(["--version"])).stdout).toBe("1.2.3\n");
  });

  it("prints a command's help without loading the command", async () => {
    expect(await run(["report", "HEAD", "--help"])).toMatchObject({
      stdout: "help of report\n",
      loaded: false,
      exitCode: 0,
    });
  });

  it("takes --help after -- for an argument", async () => {
    expect((await run(["report", "--", "--help"])).loaded).toBe(true);
  });

  it("says in one line what is wrong with a command line, and exits with 2", async () => {
    expect(await run([])).toMatchObject({
      exitCode: 2,
      stderr: "stepper: no command given; see stepper --help\n",
    });
    expect(await run(["constructor"])).toMatchObject({
      exitCode: 2,
      stderr: "stepper: unknown command 'constructor'; see stepper --help\n",
    });
  });

  it("says in one line why its output can't be written", async () => {
    const reason = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      errno: -constants.errno.ENOSPC,
    });
    const full = createCapture({
      onWrite: () => {
        throw reason;
      },
    });
    expect(await run(["report"], async () => writeText(full, "a report").then(() => 0))).toMatchObject({
      exitCode: 1,
      stderr: "stepper: the output can't be written: no space left on device (ENOSPC)\n",
    });
  });

  it.each([
    [new CommandError("no such thing"), 1, "stepper: no such thing\n"],
    [usageError("not like this"), 2, "stepper: not like this\n"],
    [new TypeError("problems:\n  first\n  second\u001b[2J"), 1, "stepper: problems: first; second\n"],
    [new Interrupted(130), 130, ""],
    [closedPipe(), 0, ""],
  ])("turns %s into an exit code and at most one line", async (error, exitCode, stderr) => {
    expect(await run(["report"], () => Promise.reject(error))).toMatchObject({ exitCode, stderr });
  });
});
