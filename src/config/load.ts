import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { z } from "zod";
import { findConflicts } from "./conflicts.ts";
import { environmentSchema } from "./schema.ts";
import type { Environment } from "./schema.ts";

/** The environment is wrong; names every problem by variable. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}:\n  ${problems.join("\n  ")}`,
    );
    this.problems = problems;
  }
}

/** Variables by name, as the process has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the configuration. Variables that stepper does not know are left alone.
 * @throws {ConfigError}
 */
export function loadConfig(variables: Variables): Readonly<Environment> {
  const parsed = environmentSchema.safeParse(variables);
  if (!parsed.success) throw new ConfigError(toProblems(variables, parsed.error.issues));
  const conflicts = findConflicts(parsed.data);
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return Object.freeze(parsed.data);
}

/** The bad values, and the conflicts among the good ones. */
function toProblems(variables: Variables, issues: readonly z.core.$ZodIssue[]): readonly string[] {
  const bad = issues.map(({ path }) => path.join("."));
  const good = Object.fromEntries(Object.entries(variables).filter(([name]) => !bad.includes(name)));
  const conflicts = findConflicts(environmentSchema.parse(good));
  // A variable with a bad value is set, though not here.
  const real = conflicts.filter(
    (conflict) => !bad.some((name) => new RegExp(`\\b${name}\\b`).test(conflict)),
  );
  return [...issues.map(({ path, message }) => `${path.join(".")} ${message}`), ...real];
}

/** The process's variables, over those of `.env` in the working directory. */
export function readVariables(): Variables {
  return { ...readDotEnv(".env"), ...process.env };
}

/**
 * The variables in a file like `.env`; none when it is not there.
 * @throws {ConfigError}
 */
export function readDotEnv(file: string): Variables {
  try {
    return parseEnv(readFileSync(file, "utf8"));
  } catch (error) {
    if (isMissing(error)) return {};
    throw new ConfigError([`.env can't be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
