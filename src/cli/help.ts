/** What `stepper --help` prints. */
export const MAIN_HELP = `Turns git commits into reports a team can read.

Usage:
  stepper report [<rev> | <range>] [options]   report on commits
  stepper serve                                run the server
  stepper jobs list --failed                   show jobs that failed for good
  stepper jobs retry <id>...                   run them again
  stepper jobs cancel <id>...                  end jobs that wait or run
  stepper <command> --help                     more about a command

Options:
  -h, --help     show this help
  --version      show the version
`;

/** What `stepper serve --help` prints. */
export const SERVE_HELP = `Runs the server until SIGINT or SIGTERM.

Usage:
  stepper serve

It is configured by environment variables, and by a .env file in the working directory; .env.example lists them.
`;

/** What `stepper jobs --help` prints. */
export const JOBS_HELP = `Shows the jobs that failed for good, runs them again, and ends jobs that wait or run.

Usage:
  stepper jobs list --failed [options]
  stepper jobs retry <id>...
  stepper jobs cancel <id>...

Works on the Redis that the servers share: REDIS_URL, REDIS_KEY_PREFIX and QUEUE_NAME must be theirs, in the environment
or in a .env file in the working directory.

Options of list:
  --limit N      show at most N, the latest first; default: 50
  --json         print one JSON array of {jobId, failedAt, tenant, userId, repo, commitSha, error}

A failed job is kept for JOB_RETENTION_SECONDS. Its report is asked for by a new job, whose id retry prints.
`;

/** What `stepper report --help` prints. */
export const REPORT_HELP = `Reports on commits, oldest first.

Usage:
  stepper report [<rev> | <range>] [options]

  <rev>     a commit, branch or tag; default: HEAD
  <range>   commits, as git names them: v1.0..v1.1, main...topic, HEAD~3..HEAD

Options:
  --repo DIR      the repository, or a folder in it; default: the working directory
  --server URL    ask this server, such as http://localhost:3001, instead of making reports in this process;
                  sends STEPPER_API_KEY when that is set
  --json          print one JSON array of {commitSha, repo, cached, stale, report} instead of Markdown
  -h, --help      show this help

Without --server it reads the variables of providers, such as GEMINI_ENABLED and GEMINI_API_KEY, also from a .env file
in the working directory, and none of a server's. A key set in the shell is never sent to an address from .env.

Exits with 0 when every report was printed, 1 when something failed, 2 when the command line is wrong.
`;
