import type { Variables } from "../config/load.ts";
import { PROVIDER_NAMES, toVariablePrefix } from "../config/provider-names.ts";
import type { ProviderName } from "../config/provider-names.ts";
import { environmentGroups } from "../config/schema.ts";
import type { Environment } from "../config/schema.ts";
import { CommandError } from "./command-error.ts";

const OTHERS = [
  "JOB_TIMEOUT_MS",
  "QUEUE_CONCURRENCY",
  "REDACT_ENABLED",
  "LOG_LEVEL",
  "NODE_ENV",
] as const satisfies readonly (keyof Environment)[];

/** All that a report in this process goes by. The rest is a server's: what is wrong or risky there must not matter. */
const NAMES: readonly string[] = [
  ...Object.keys(environmentGroups.providers),
  ...Object.keys(environmentGroups.resilience),
  ...OTHERS,
];

/** Where variables come from; of those that are in both, the shell's count. */
interface VariableSources {
  readonly shell: Variables;
  readonly dotEnv: Variables;
}

/**
 * The variables for a report in this process. `.env` lies in a repository, which may be a stranger's.
 * @throws {CommandError} when a key of the shell's would go to an address of `.env`'s.
 */
export function toReportVariables({ shell, dotEnv }: VariableSources): Variables {
  for (const name of PROVIDER_NAMES) requireOnePlace(name, { shell, dotEnv });
  const variables = Object.entries({ ...dotEnv, ...shell });
  return Object.fromEntries(variables.filter(([name]) => NAMES.includes(name)));
}

/** Whoever wrote the `.env` could otherwise send the user's own key to a server of theirs. */
function requireOnePlace(name: ProviderName, { shell, dotEnv }: VariableSources): void {
  const prefix = toVariablePrefix(name);
  const enabled = `${prefix}_ENABLED`;
  const key = `${prefix}_API_KEY`;
  // A provider that is off is sent nothing, and many a repository has an OPENAI_BASE_URL of its own.
  if ((shell[enabled] ?? dotEnv[enabled])?.trim() !== "true" || !isSet(shell[key])) return;
  const address = [`${prefix}_URL`, `${prefix}_BASE_URL`].find(
    (variable) => shell[variable] === undefined && isSet(dotEnv[variable]),
  );
  if (address === undefined) return;
  throw new CommandError(
    `${key} is set in the shell but ${address} in .env: set both in the same place, so that your key goes only where you want it`,
  );
}

/** As the schema sees it: a blank value counts as left out. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== "";
}
