import { parseArgs } from "node:util";
import { usageError } from "./command-error.ts";
import { toReason } from "./argument-reason.ts";

/** The command line of `stepper report`. */
export interface ReportOptions {
  /** A revision or a range. */
  readonly revision: string;
  /** A folder in the repository; undefined for the working directory. */
  readonly repo: string | undefined;
  /** The server to ask; undefined to make reports in this process. */
  readonly server: string | undefined;
  readonly json: boolean;
}

/**
 * Reads the arguments after `report`.
 * @throws {CommandError} with exit code 2 when they make no sense.
 */
export function parseReportOptions(args: readonly string[]): ReportOptions {
  const { values, positionals } = parse(args);
  const [revision = "HEAD", ...others] = positionals;
  if (others.length > 0) throw usageError("report takes one revision or range; see stepper report --help");
  if (revision === "") throw usageError("the revision is empty");
  if (values.repo === "") throw usageError("--repo is empty");
  if (values.server !== undefined) checkServer(values.server);
  return { revision, repo: values.repo, server: values.server, json: values.json ?? false };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { repo: { type: "string" }, server: { type: "string" }, json: { type: "boolean" } },
    });
  } catch (error) {
    throw usageError(`${toReason(error as Error)}; see stepper report --help`, { cause: error });
  }
}

function checkServer(server: string): void {
  const protocol = URL.canParse(server) ? new URL(server).protocol : "";
  if (protocol === "http:" || protocol === "https:") return;
  throw usageError(`--server must be a URL such as http://localhost:3001`);
}
