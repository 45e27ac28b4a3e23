import { createApp } from "./app.ts";
import type { App } from "./app.ts";
import { loadConfig, readVariables } from "./config/load.ts";
import type { Environment } from "./config/schema.ts";
import { createLogger } from "./telemetry/logger.ts";
import type { Logger } from "./telemetry/logger.ts";
import { noTracing } from "./telemetry/tracing.ts";
import type { Tracing } from "./telemetry/tracing.ts";

/**
 * Runs the service until `signal` is aborted, then drains it.
 * @throws {ConfigError} when the environment is wrong.
 * @throws when the address can't be listened on, or a certificate can't be read.
 */
export async function serve(signal: AbortSignal): Promise<void> {
  const environment = loadConfig(readVariables());
  const logger = createLogger({ level: environment.LOG_LEVEL, destination: "stdout" });
  const app = createApp(environment, { logger, tracing: await loadTracing(environment, logger) });
  const { address, port } = await app.listen();
  const { STEPPER_ROLE: role, TLS_CERT_FILE } = environment;
  logger.info({ address, port, role, engine: app.engine, tls: TLS_CERT_FILE !== undefined }, "listening");
  warnOfRisks(app, environment, logger);
  await aborted(signal);
  logger.info("shutting down");
  await app.close();
  logger.info("stopped");
}

/** Loads OpenTelemetry when somebody is to be told, and nothing of it otherwise. */
async function loadTracing(environment: Environment, logger: Logger): Promise<Tracing> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = environment;
  if (endpoint === undefined) return noTracing;
  const { createOpenTelemetry } = await import("./telemetry/open-telemetry.ts");
  const { OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME: serviceName } = environment;
  return createOpenTelemetry({ endpoint, headers, serviceName, logger });
}

const SHORTEST_GOOD_KEY = 16;

/** Says at the start what an operator should not find out later. */
function warnOfRisks({ engine }: App, environment: Environment, logger: Logger): void {
  const { API_KEY_ENABLED, STEPPER_API_KEY, STEPPER_API_KEYS } = environment;
  const hasKeys = STEPPER_API_KEY !== undefined || STEPPER_API_KEYS.length > 0;
  if (engine === "memory") {
    logger.warn("the memory engine keeps jobs and reports in this process only: they end with it");
  }
  if (hasKeys && !API_KEY_ENABLED) {
    logger.warn("API keys are set but not asked for: API_KEY_ENABLED is false, so everybody is let in");
  }
  const hasShortKeys = [{ key: STEPPER_API_KEY }, ...STEPPER_API_KEYS].some(
    ({ key = "" }) => key.length > 0 && key.length < SHORTEST_GOOD_KEY,
  );
  if (hasShortKeys && API_KEY_ENABLED) {
    logger.warn(`an API key has fewer than ${SHORTEST_GOOD_KEY} characters: it may be guessed`);
  }
  if (!environment.REDACT_ENABLED) {
    logger.warn("REDACT_ENABLED is false: secrets in commits are kept, and sent to providers");
  }
  logger.debug({ order: environment.PROVIDER_ORDER }, "providers");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
