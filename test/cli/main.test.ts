import { afterEach, describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import type { GitRepository } from "../support/git-repository.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import { createDeferred } from "./deferred.ts";
import { completed, untilAborted, useReportServers } from "./report-server.ts";
import { useGitRepositories } from "./use-git-repository.ts";

const PROJECT = join(import.meta.dirname, "../..");
const TSX = pathToFileURL(join(PROJECT, "node_modules/tsx/dist/loader.mjs")).href;
const MAIN = join(PROJECT, "src/cli/main.ts");

const createRepository = useGitRepositories();
const startServer = useReportServers();
const children: ChildProcess[] = [];
afterEach(() => children.splice(0).forEach((child) => child.kill("SIGKILL")));

function start({ directory, environment }: GitRepository, ...args: string[]) {
  // In the repository, where no .env of ours can be found.
  const child = spawn(process.execPath, ["--import", TSX, MAIN, ...args], {
    cwd: directory,
    env: environment,
  });
  children.push(child);
  const exitCode = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, exitCode, stderr: text(child.stderr) };
}

async function run(repository: GitRepository, ...args: string[]) {
  const { child, exitCode, stderr } = start(repository, ...args);
  return { stdout: await text(child.stdout), stderr: await stderr, exitCode: await exitCode };
}

describe("the stepper process", () => {
  it("prints its version", async () => {
    const { stdout, exitCode } = await run(createRepository(), "--version");
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    expect(exitCode).toBe(0);
  }, 30_000);

  it("reports on a real commit through a real server, and says nothing else", async () => {
    const repository = createRepository();
    const commitSha = repository.commit("Begin");
    const server = await startServer({
      enqueue: () => ({ jobId: "job-1" }),
      async *watchJob() {
        yield await Promise.resolve(completed(1));
      },
    });
    const { stdout, stderr, exitCode } = await run(repository, "report", "--json", "--server", server.url);
    expect(JSON.parse(stdout)).toMatchObject([
      { commitSha, repo: "project", report: { provider: "gemini" } },
    ]);
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
  }, 30_000);

  it("ends with one line and a code when something is wrong", async () => {
    const repository = createRepository();
    expect(await run(repository, "report")).toEqual({
      ...{ stdout: "", stderr: "stepper: the repository has no commits yet\n", exitCode: 1 },
    });
    expect((await run(repository, "reprot")).exitCode).toBe(2);
  }, 30_000);

  it("needs nothing of a server's to report in its own process, neither in .env nor in the shell", async () => {
    const repository = createRepository();
    const commitSha = repository.commit("Begin");
    const SERVER_ONLY = { PORT: "http", REDIS_URL: "redis://127.0.0.1:1", STEPPER_ROLE: "api" };
    repository.write(".env", "API_KEY_ENABLED=true\nTLS_CERT_FILE=missing.pem\nCORS_ENABLED=perhaps\n");
    const environment = { ...repository.environment, ...SERVER_ONLY };
    const { stdout, stderr, exitCode } = await run({ ...repository, environment }, "report", "--json");
    expect({ stderr, exitCode }).toEqual({ stderr: "", exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject([{ commitSha, report: { fallback: true } }]);
  }, 30_000);

  it("asks the provider that .env names, and never with a key of the shell's", async () => {
    const repository = createRepository();
    repository.commit("Begin");
    const vendor = await startVendorServer();
    try {
      repository.write(".env", `HF_SPACE_ENABLED=true\nHF_SPACE_URL=${vendor.url}\nRETRY_MAX_ATTEMPTS=1\n`);
      expect((await run(repository, "report")).exitCode).toBe(0);
      const asked = vendor.requests.length;
      expect(asked).toBeGreaterThan(0);
      const environment = { ...repository.environment, HF_SPACE_API_KEY: "secret" };
      expect(await run({ ...repository, environment }, "report")).toEqual({
        stdout: "",
        stderr: expect.stringMatching(
          /^stepper: HF_SPACE_API_KEY is set in the shell but HF_SPACE_URL in \.env: .*\n$/,
        ),
        exitCode: 1,
      });
      expect(vendor.requests).toHaveLength(asked);
    } finally {
      await vendor.close();
    }
  }, 60_000);

  it("says in one line that the server's port is taken", async () => {
    const { port } = new URL((await startServer({})).url);
    const repository = createRepository();
    const environment = { ...repository.environment, PORT: port, HOST: "127.0.0.1" };
    expect(await run({ ...repository, environment }, "serve")).toMatchObject({
      stderr: `stepper: port ${port} is taken; set PORT to another (EADDRINUSE)\n`,
      exitCode: 1,
    });
  }, 30_000);

  it("ends with 130 and nothing on stderr on Ctrl-C", async () => {
    const repository = createRepository();
    repository.commit("Begin");
    const asked = createDeferred();
    const server = await startServer({
      enqueue: (_, { signal }) => {
        asked.resolve(undefined);
        return untilAborted(signal);
      },
    });
    const { child, exitCode, stderr } = start(repository, "report", "--server", server.url);
    await asked.promise;
    child.kill("SIGINT");
    expect(await exitCode).toBe(130);
    expect(await stderr).toBe("");
  }, 30_000);

  it("ends quietly when nobody reads what it prints", async () => {
    const repository = createRepository();
    repository.commit("Begin");
    const closeStdout = createDeferred<() => void>();
    const server = await startServer({
      enqueue: async () => {
        (await closeStdout.promise)();
        return { jobId: "job-1" };
      },
      async *watchJob() {
        yield await Promise.resolve(completed(1));
      },
    });
    const { child, exitCode, stderr } = start(repository, "report", "--server", server.url);
    closeStdout.resolve(() => child.stdout.destroy());
    expect(await exitCode).toBe(0);
    expect(await stderr).toBe("");
  }, 30_000);
});
