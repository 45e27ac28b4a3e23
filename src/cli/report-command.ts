import type { Clock } from "../core/ports.ts";
import type { Command, CommandContext } from "./command-context.ts";
import { createGit } from "./git.ts";
import type { Git } from "./git.ts";
import { listCommits } from "./list-commits.ts";
import { mapInOrder } from "./map-in-order.ts";
import type { CommitReport } from "./markdown.ts";
import { toOneLine } from "./one-line.ts";
import { createProgress } from "./progress.ts";
import type { Every, Progress } from "./progress.ts";
import { readCommit } from "./read-commit.ts";
import { parseReportOptions } from "./report-options.ts";
import type { ReportOptions } from "./report-options.ts";
import type { OpenReportSource, ReportSource } from "./report-source.ts";
import { createJsonWriter, createMarkdownWriter } from "./report-writer.ts";
import { readRepositoryFacts } from "./repository-facts.ts";
import type { RepositoryFacts } from "./repository-facts.ts";
import { toReportInput } from "./to-report-input.ts";

/** Commits in the making at the same time. */
const CONCURRENCY = 4;
const SHORT_SHA = 12;

interface ReportCommandDependencies {
  readonly openSource: OpenReportSource;
  readonly clock: Clock;
  readonly every: Every;
}

/** What the work on each commit needs. */
interface Run {
  readonly git: Git;
  readonly facts: RepositoryFacts;
  readonly source: ReportSource;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Builds `stepper report`: reads commits, gets a report for each, and prints them oldest first as they come. */
export function createReportCommand({ openSource, clock, every }: ReportCommandDependencies): Command {
  return async (args, context) => {
    const options = parseReportOptions(args);
    const git = createGit({ directory: options.repo, environment: context.environment });
    const commits = await listCommits(git, options.revision, context.signal);
    const facts = await readRepositoryFacts(git, context.signal);
    const { environment, stdout, stderr } = context;
    const progress = createProgress({ stderr, now: () => clock.now(), every });
    // Also when the reader of stdout has gone: then nobody wants the reports that are still being made.
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    let source: ReportSource | undefined;
    try {
      source = await openSource(options.server, {
        environment,
        isTerminal: stderr.isTTY === true,
        // A log line that can't be written is nothing to stop for.
        write: (lines) => void progress.write(lines).catch(() => undefined),
      });
      const run = { git, facts, source, progress, signal };
      return await printReports(commits, run, createWriter(options, stdout));
    } finally {
      stop.abort();
      progress.close();
      await source?.close();
    }
  };
}

function createWriter({ json }: ReportOptions, stdout: CommandContext["stdout"]) {
  return json ? createJsonWriter(stdout) : createMarkdownWriter(stdout);
}

/** Prints each report in its turn, and the failures as they are met; answers with the exit code. */
async function printReports(
  commits: readonly string[],
  run: Run,
  writer: ReturnType<typeof createWriter>,
): Promise<number> {
  let exitCode = 0;
  try {
    for await (const outcome of mapInOrder(commits, CONCURRENCY, (commitSha) => reportOn(commitSha, run))) {
      run.signal.throwIfAborted();
      run.progress.clear();
      if ("result" in outcome) await writer.write(outcome.result);
      else {
        exitCode = 1;
        await say(run, `${outcome.item.slice(0, SHORT_SHA)}: ${toOneLine(outcome.failure)}`);
      }
    }
  } finally {
    run.progress.clear();
    await writer.end();
  }
  return exitCode;
}

async function reportOn(commitSha: string, run: Run): Promise<CommitReport> {
  run.signal.throwIfAborted();
  const commit = await readCommit(run.git, commitSha, run.signal);
  if (commit.isShallowBoundary) await say(run, shallowWarning(commitSha));
  const input = toReportInput(commit, run.facts);
  const line = run.progress.begin(commitSha, commit.message.split("\n", 1)[0] ?? "");
  try {
    const sourced = await run.source.report(input, {
      signal: run.signal,
      onEvent: (event) => line.onEvent(event),
    });
    return { commitSha, repo: input.repo, ...sourced };
  } finally {
    line.end();
  }
}

function shallowWarning(commitSha: string): string {
  const short = commitSha.slice(0, SHORT_SHA);
  return `${short}: this shallow clone ends here, so only the message was used; git fetch --deepen=1 gets the rest`;
}

function say({ progress }: Run, line: string): Promise<void> {
  return progress.write(`stepper: ${line}\n`);
}
