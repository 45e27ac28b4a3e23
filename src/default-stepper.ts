import { loadConfig, readVariables } from "./config/load.ts";
import type { Variables } from "./config/load.ts";
import { createStepper } from "./create-stepper.ts";
import type { Stepper } from "./create-stepper.ts";
import { toSettings } from "./environment-settings.ts";
import { createLogger } from "./telemetry/logger.ts";
import type { Logger } from "./telemetry/logger.ts";

/**
 * Builds a stepper as the variables describe it.
 * @throws {ConfigError}
 */
export function createStepperFromVariables(
  variables: Variables,
  toLogger: (level: string) => Logger,
): Stepper {
  const environment = loadConfig(variables);
  return createStepper({ ...toSettings(environment), logger: toLogger(environment.LOG_LEVEL) });
}

let stepper: Stepper | undefined;

/** The process's own stepper, made from the environment on first use. */
function defaultStepper(): Stepper {
  return (stepper ??= createStepperFromVariables(readVariables(), (level) =>
    // Not to stdout, which is the embedding program's.
    createLogger({ level, destination: "stderr" }),
  ));
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

/** {@link Stepper.cancelJob} of the default stepper. */
export const cancelJob: Stepper["cancelJob"] = async (jobId) => defaultStepper().cancelJob(jobId);

/** {@link Stepper.close} of the default stepper; the next call makes a new one. */
export const close: Stepper["close"] = async (graceMs) => {
  const closing = stepper;
  await closing?.close(graceMs);
  if (stepper === closing) stepper = undefined;
};
