#!/usr/bin/env node
import { Interrupted } from "./command-error.ts";
import { dispatch } from "./dispatch.ts";
import type { CommandEntry } from "./dispatch.ts";
import { JOBS_HELP, REPORT_HELP, SERVE_HELP } from "./help.ts";

const SIGINT_EXIT_CODE = 130;
const SIGTERM_EXIT_CODE = 143;

// Loaded on demand: help must not wait for the server's code.
const commands: Readonly<Record<string, CommandEntry>> = {
  report: {
    help: REPORT_HELP,
    load: async () => {
      const { createReportCommand } = await import("./report-command.ts");
      const { openReportSource } = await import("./open-report-source.ts");
      const { systemClock } = await import("../core/system-clock.ts");
      const every = (intervalMs: number, callback: () => void) => {
        const timer = setInterval(callback, intervalMs);
        return () => clearInterval(timer);
      };
      return createReportCommand({ openSource: openReportSource, clock: systemClock, every });
    },
  },
  jobs: {
    help: JOBS_HELP,
    load: async () => {
      const { createJobsCommand } = await import("./jobs-command.ts");
      const { openJobOperations } = await import("../job-operations.ts");
      return createJobsCommand(openJobOperations);
    },
  },
  serve: {
    help: SERVE_HELP,
    load: async () => (await import("./serve-command.ts")).serveCommand,
  },
};

const stop = new AbortController();
// Once: a second Ctrl-C ends the process at once, should the first be too slow.
process.once("SIGINT", () => stop.abort(new Interrupted(SIGINT_EXIT_CODE)));
process.once("SIGTERM", () => stop.abort(new Interrupted(SIGTERM_EXIT_CODE)));

// Each write learns of its own failure; without a listener Node would also throw it from nowhere.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

process.exitCode = await dispatch(
  process.argv.slice(2),
  { environment: process.env, stdout: process.stdout, stderr: process.stderr, signal: stop.signal },
  {
    commands,
    readVersion: async () => (await import("./version.ts")).readVersion(),
  },
);
