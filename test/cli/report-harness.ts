import { createReportCommand } from "../../src/cli/report-command.ts";
import type { ReportSource } from "../../src/cli/report-source.ts";
import { systemClock } from "../../src/core/system-clock.ts";
import type { GitRepository } from "../support/git-repository.ts";
import { aReport } from "./a-report.ts";
import { createCapture } from "./capture.ts";
import { useGitRepositories } from "./use-git-repository.ts";

/** How a source answers. */
export type ReportOn = ReportSource["report"];

/** Answers with a report that has the message for its title. */
export const answerWithMessage: ReportOn = (input) =>
  Promise.resolve({ report: aReport({ title: `Report on ${input.message}` }), cached: true, stale: false });

/** Runs `stepper report` with a source of the test. */
export function createHarness(repository: GitRepository, report: ReportOn = answerWithMessage) {
  const opened: (string | undefined)[] = [];
  const state = { closed: 0 };
  const stop = new AbortController();
  const stderr = createCapture();
  const command = createReportCommand({
    openSource: (server) => {
      opened.push(server);
      return Promise.resolve({
        report,
        close: () => {
          state.closed += 1;
          return Promise.resolve();
        },
      });
    },
    clock: systemClock,
    every: () => () => undefined,
  });
  const run = (args: readonly string[], stdout = createCapture()) => {
    const { environment, directory } = repository;
    const context = { environment, stdout, stderr, signal: stop.signal };
    return command(["--repo", directory, ...args], context).then((exitCode) => ({
      exitCode,
      stdout: stdout.text(),
    }));
  };
  return { run, stop, stderr, opened, state };
}

/** Makes histories that are removed after each test. */
export function useHistories() {
  const createRepository = useGitRepositories();
  return (...messages: string[]) => {
    const repository = createRepository();
    repository.git("remote", "add", "origin", "https://example.com/acme/shop.git");
    const commits = messages.map((message) => {
      repository.write(`src/${message}`, "x\n");
      return repository.commit(message);
    });
    return { repository, commits };
  };
}
