import { loadConfig, readVariables } from "./config/load.ts";
import { RequestError } from "./core/errors.ts";
import { systemClock } from "./core/system-clock.ts";
import { toSettings } from "./environment-settings.ts";
import { wireStepper } from "./stepper.ts";
import { createLogger } from "./telemetry/logger.ts";

/**
 * Opens the jobs of the Redis that the environment names, for their operator.
 * @throws {ConfigError}
 * @throws {RequestError} `not_found` without a Redis.
 */
export function openJobOperations() {
  const environment = loadConfig(readVariables());
  const settings = toSettings(environment);
  if (settings.redis === undefined) {
    throw new RequestError(
      "not_found",
      "there are no jobs to see: REDIS_URL is not set, and the memory engine keeps its jobs in the server's process",
    );
  }
  const wired = wireStepper({
    // It asks for reports, makes none, and whoever runs it sees what fails.
    settings: { ...settings, role: "api", providers: [], alerts: undefined },
    clock: systemClock,
    logger: createLogger({ level: "fatal", destination: "stderr" }),
  });
  return {
    list: (limit: number) => wired.engine.deadLetters.list(limit),
    retry: (jobId: string) => wired.replay(jobId),
    cancel: async (jobId: string) => {
      // An operator is no tenant: it acts for whoever's job it is.
      const [first] = await wired.engine.log.read(jobId, 0);
      return wired.reports.cancel(first?.type === "queued" ? first.tenant : "", jobId);
    },
    close: () => wired.close(),
  };
}
