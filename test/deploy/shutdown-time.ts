import { loadConfig } from "../../src/config/load.ts";

/** Cutting connections after the last answers takes so long, see src/app.ts. */
const CONNECTION_GRACE_SECONDS = 2;

/**
 * Seconds that a process with this environment may take to end.
 * @throws when stepper would not start with it.
 */
export function toShutdownSeconds(environment: Readonly<Record<string, string>>): number {
  return loadConfig(environment).SHUTDOWN_TIMEOUT_MS / 1_000 + CONNECTION_GRACE_SECONDS;
}
