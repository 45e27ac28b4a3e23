import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readCommands, readPrograms } from "../support/readme.ts";
import { startServerProcess } from "../support/server-process.ts";
import type { ServerProcess } from "../support/server-process.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
const cli = `${process.execPath} --import tsx ${root}src/cli/main.ts`;

const ID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g;

let server: ServerProcess;
/** The README's job ids, and those that stand for them in this run. */
const ids = new Map<string, string>();

beforeAll(async () => {
  server = await startServerProcess();
});
afterAll(() => server.stop());

/** The address and the job ids of this run, and the sources instead of the built package. */
function toThisRun(text: string): string {
  return text
    .replaceAll("localhost:3001", `127.0.0.1:${server.port}`)
    .replaceAll("npx stepper", cli)
    .replaceAll(ID, (id) => ids.get(id) ?? id);
}

/** The same text for every run. */
function normalize(text: string): string {
  // A checkout is named after the place it was cloned from.
  const named = text.trim().replace(/^`[^`]+` · commit/m, "`<repository>` · commit");
  return named.replaceAll(ID, "<id>").replaceAll(TIME, "<time>");
}

async function shell(command: string): Promise<string> {
  const { stdout } = await run("bash", ["-c", toThisRun(command)], { cwd: root });
  return stdout;
}

/** True when a program of the README's is there to be run: `grpcurl` and a commit may be missing from a machine. */
async function isThere(command: string): Promise<boolean> {
  const [, revision] = /^npx stepper report (\w+)/.exec(command) ?? [];
  const probe =
    revision === undefined
      ? `command -v ${command.split(" ")[0] ?? ""}`
      : `git cat-file -e '${revision}^{commit}'`;
  return run("bash", ["-c", probe], { cwd: root }).then(
    () => true,
    () => false,
  );
}

/** Waits until every job that a command enqueued has ended, as a reader who types has. */
async function settleJobs(output: string): Promise<void> {
  for (const [id] of output.matchAll(ID)) {
    await server.line((line) => line.msg === "job ended" && line.jobId === id);
  }
}

describe("the README's commands", () => {
  it("print what the README says they print", async () => {
    const commands = readCommands();
    expect(commands.length).toBeGreaterThan(8);
    for (const { command, output } of commands) {
      if (!(await isThere(command))) {
        process.stderr.write(`SKIPPED, since it can't be run on this machine: ${command}\n`);
        continue;
      }
      const printed = await shell(command);
      expect([command, normalize(printed)]).toEqual([command, normalize(output)]);
      const seen = [...printed.matchAll(ID)];
      for (const [index, [id]] of [...output.matchAll(ID)].entries()) ids.set(id, seen[index]?.[0] ?? id);
      await settleJobs(printed);
    }
  }, 60_000);
});

describe("the README's programs", () => {
  it.each(readPrograms())("print what the README says they print, program %#", async ({ source, output }) => {
    const folder = await mkdtemp(join(root, "node_modules", ".readme-"));
    const file = join(folder, "program.mts");
    const local = toThisRun(source)
      .replace(
        "@commitdiary/stepper/gen/stepper/v1/report_service_pb.js",
        `${root}gen/stepper/v1/report_service_pb.ts`,
      )
      .replace("@commitdiary/stepper", `${root}src/index.ts`);
    await writeFile(file, local);
    try {
      const { stdout } = await run(process.execPath, ["--import", "tsx", file], { cwd: root });
      expect(normalize(stdout)).toBe(normalize(output));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("are all run", () => {
    expect(readPrograms()).toHaveLength(2);
  });
});
