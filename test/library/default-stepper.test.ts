import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { runScript } from "./run-script.ts";

jest.setTimeout(30_000);

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "stepper-library-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

describe("the free functions", () => {
  it("use one stepper, made from the environment on first use, and leave stdout to the program", async () => {
    const script = `
      const ended = new Promise((resolve) => stepper.registerCallbacks({ onFallback: resolve }));
      const first = await stepper.enqueueReport(input);
      const types = [];
      for await (const { type } of stepper.watchJob(first.jobId)) types.push(type);
      const told = await ended;
      const { status } = await stepper.getJob(first.jobId);
      const second = await stepper.enqueueReport(input);
      const { usedProvider } = await stepper.generateReport(input);
      await stepper.close();
      answer({ sameJob: told === first.jobId, first: first.status, types, status, second: second.status, usedProvider });`;
    const { answer, stderr } = await runScript(script, { cwd });
    expect(answer).toEqual({
      sameJob: true,
      first: 202,
      types: ["queued", "started", "completed"],
      status: "completed",
      second: 200,
      usedProvider: "template",
    });
    expect(stderr).toContain("job ended");
  });

  it("read .env in the working directory, and the process's variables over it", async () => {
    writeFileSync(join(cwd, ".env"), "JOB_RETENTION_SECONDS=0\nCACHE_TTL_SECONDS=0\n");
    const script = `answer(await stepper.getJob("a").catch(({ name, problems }) => ({ name, problems })));`;
    const { answer } = await runScript(script, { cwd, environment: { CACHE_TTL_SECONDS: "60" } });
    expect(answer).toEqual({
      name: "ConfigError",
      problems: ["JOB_RETENTION_SECONDS must be a whole number of at least 1"],
    });
  });

  it("reject on a bad environment with every problem, exit nothing, and look again on the next call", async () => {
    const script = `
      const outcomes = {};
      const calls = {
        enqueueReport: () => stepper.enqueueReport(input),
        generateReport: () => stepper.generateReport(input),
        getJob: () => stepper.getJob("a"),
        watchJob: async () => { for await (const _ of stepper.watchJob("a")); },
        registerCallbacks: async () => stepper.registerCallbacks({}),
      };
      for (const [name, call] of Object.entries(calls)) {
        outcomes[name] = await call().then(() => "taken", (error) => error instanceof stepper.ConfigError && error.problems);
      }
      await stepper.close();
      process.env.PORT = "1";
      process.env.LOG_LEVEL = "silent";
      const { status } = await stepper.enqueueReport(input);
      await stepper.close();
      answer({ outcomes, status });`;
    const { answer, stderr } = await runScript(script, {
      cwd,
      environment: { PORT: "x", LOG_LEVEL: "loud" },
    });
    const problems = [expect.stringMatching(/^PORT must/), expect.stringMatching(/^LOG_LEVEL must/)];
    expect(answer).toEqual({
      outcomes: {
        enqueueReport: problems,
        generateReport: problems,
        getJob: problems,
        watchJob: problems,
        registerCallbacks: problems,
      },
      status: 202,
    });
    expect(stderr).toBe("");
  });

  it("make a new stepper after close, which knows nothing of the old one's jobs", async () => {
    const script = `
      const { jobId } = await stepper.enqueueReport(input);
      await stepper.close();
      const { kind } = await stepper.getJob(jobId).catch((error) => error);
      const { status } = await stepper.enqueueReport(input);
      await stepper.close();
      answer({ kind, status });`;
    const { answer } = await runScript(script, { cwd, environment: { LOG_LEVEL: "silent" } });
    expect(answer).toEqual({ kind: "not_found", status: 202 });
  });

  it("leave nothing behind in the process, however often a stepper is made and closed", async () => {
    const script = `
      const counts = [];
      for (let made = 0; made < 12; made += 1) {
        await stepper.getJob("none").catch(() => undefined);
        await stepper.close();
        counts.push(process.listenerCount("exit"));
      }
      answer(counts.at(-1) - counts[0]);`;
    const { answer, stderr } = await runScript(script, { cwd });
    expect(answer).toBe(0);
    expect(stderr).not.toContain("Warning");
  });

  it("write their log to the process's stderr from a thread, too", async () => {
    const script = `
      const { Worker } = await import("node:worker_threads");
      const tsx = ${JSON.stringify(import.meta.resolve("tsx/esm/api"))};
      const work = async ({ workerData: { tsx, library, input } }) => {
        (await import(tsx)).register();
        const stepper = await import(library);
        const { jobId } = await stepper.enqueueReport(input);
        for await (const event of stepper.watchJob(jobId));
        await stepper.close();
      };
      const source = "import('node:worker_threads').then(" + work + ")";
      const thread = new Worker(source, { eval: true, workerData: { tsx, library: LIBRARY, input } });
      await new Promise((resolve, reject) => thread.once("exit", resolve).once("error", reject));
      answer("ended");`;
    const { stderr } = await runScript(script, { cwd });
    expect(stderr).toContain("job ended");
  });

  it("hold the process no longer than it has work", async () => {
    const script = `
      const { fallback } = await stepper.generateReport(input);
      answer(fallback);`;
    expect((await runScript(script, { cwd })).answer).toBe(true);
  });
});
