import { parseArgs } from "node:util";
import { usageError } from "./command-error.ts";
import { toReason } from "./argument-reason.ts";

/** The command line of `stepper jobs`. */
export type JobsOptions =
  | { readonly action: "list"; readonly limit: number; readonly json: boolean }
  | { readonly action: "retry" | "cancel"; readonly jobIds: readonly string[] };

const SEE_HELP = "see stepper jobs --help";
const DEFAULT_LIMIT = 50;

/**
 * Reads the arguments after `jobs`.
 * @throws {CommandError} with exit code 2 when they make no sense.
 */
export function parseJobsOptions(args: readonly string[]): JobsOptions {
  const { values, positionals } = parse(args);
  const [action, ...operands] = positionals;
  if (action === "list") return toList(values, operands);
  if (action === "retry" || action === "cancel")
    return { action, jobIds: toJobIds(action, values, operands) };
  throw usageError(
    action === undefined
      ? `jobs needs list, retry or cancel; ${SEE_HELP}`
      : `unknown jobs command; ${SEE_HELP}`,
  );
}

type Values = ReturnType<typeof parse>["values"];

function toList({ failed, limit, json = false }: Values, operands: readonly string[]): JobsOptions {
  if (operands.length > 0) throw usageError(`jobs list takes options only; ${SEE_HELP}`);
  if (failed !== true) throw usageError(`jobs list needs --failed: only failed jobs are kept; ${SEE_HELP}`);
  if (limit === undefined) return { action: "list", limit: DEFAULT_LIMIT, json };
  if (!/^[1-9]\d{0,4}$/.test(limit)) throw usageError("--limit must be a whole number from 1 to 99999");
  return { action: "list", limit: Number(limit), json };
}

function toJobIds(action: string, values: Values, jobIds: readonly string[]): readonly string[] {
  if (Object.keys(values).length > 0) throw usageError(`jobs ${action} takes no options; ${SEE_HELP}`);
  if (jobIds.length === 0) throw usageError(`jobs ${action} needs the id of a job; ${SEE_HELP}`);
  if (jobIds.includes("")) throw usageError("an id is empty");
  return jobIds;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { failed: { type: "boolean" }, limit: { type: "string" }, json: { type: "boolean" } },
    });
  } catch (error) {
    throw usageError(`${toReason(error as Error)}; ${SEE_HELP}`, { cause: error });
  }
}
