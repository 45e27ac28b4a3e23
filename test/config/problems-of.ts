import { ConfigError, loadConfig } from "../../src/config/load.ts";
import type { Variables } from "../../src/config/load.ts";

/** What is wrong with an environment; empty when nothing is. */
export function problemsOf(variables: Variables): readonly string[] {
  try {
    loadConfig(variables);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
