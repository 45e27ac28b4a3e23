import { loadConfig, readVariables } from "./config/load.ts";
import { createStepper } from "./create-stepper.ts";
import type { Stepper } from "./create-stepper.ts";
import { toSettings } from "./environment-settings.ts";
import { createLogger } from "./telemetry/logger.ts";

/**
 * Builds a stepper as the environment describes it. Log lines go to stderr: stdout is the embedding program's.
 * `logLevel` is for those who want fewer lines unless `LOG_LEVEL` says otherwise.
 * @throws {ConfigError}
 */
export function createStepperFromEnvironment(defaults: { readonly logLevel?: string } = {}): Stepper {
  const variables = readVariables();
  const environment = loadConfig({ ...variables, LOG_LEVEL: variables.LOG_LEVEL || defaults.logLevel });
  const logger = createLogger({ level: environment.LOG_LEVEL, destination: "stderr" });
  return createStepper({ ...toSettings(environment), logger });
}

let stepper: Stepper | undefined;

/** The process's own stepper, made from the environment on first use. */
function defaultStepper(): Stepper {
  return (stepper ??= createStepperFromEnvironment());
}

/** {@link Stepper.enqueueReport} of the default stepper. */
export const enqueueReport: Stepper["enqueueReport"] = async (input) => defaultStepper().enqueueReport(input);

/** {@link Stepper.generateReport} of the default stepper. */
export const generateReport: Stepper["generateReport"] = async (input, options) =>
  defaultStepper().generateReport(input, options);

/** {@link Stepper.registerCallbacks} of the default stepper. */
export const registerCallbacks: Stepper["registerCallbacks"] = (callbacks) =>
  defaultStepper().registerCallbacks(callbacks);

/** {@link Stepper.watchJob} of the default stepper. */
export const watchJob: Stepper["watchJob"] = (jobId, options) => defaultStepper().watchJob(jobId, options);

/** {@link Stepper.getJob} of the default stepper. */
export const getJob: Stepper["getJob"] = async (jobId) => defaultStepper().getJob(jobId);

/** {@link Stepper.close} of the default stepper; the next call makes a new one. */
export const close: Stepper["close"] = async (graceMs) => {
  const closing = stepper;
  await closing?.close(graceMs);
  if (stepper === closing) stepper = undefined;
};
