import type { AddressInfo } from "node:net";
import type { Environment } from "./config/schema.ts";
import type { Engine } from "./core/ports.ts";
import { systemClock } from "./core/system-clock.ts";
import { toAdmissionSettings, toSettings, toTlsFiles } from "./environment-settings.ts";
import { createMetricsServer } from "./rpc/metrics-server.ts";
import { createServer } from "./rpc/server.ts";
import { wireStepper } from "./stepper.ts";
import type { WiredStepper } from "./stepper.ts";
import type { Logger } from "./telemetry/logger.ts";
import type { Tracing } from "./telemetry/tracing.ts";
import { createPrometheus } from "./telemetry/prometheus.ts";

/** A whole service: every door, and what is behind it. */
export interface App {
  readonly engine: Engine["name"];
  /** Takes calls. @throws when the address can't be listened on. */
  listen(): Promise<AddressInfo>;
  /**
   * Goes not ready, lets running jobs finish within the shutdown's timeout while their watchers look on, and then
   * ends streams, connections and everything else.
   */
  close(): Promise<void>;
}

/** Connections get this long to take their last answers after the jobs have ended. */
const CONNECTION_GRACE_MS = 2_000;

interface AppDependencies {
  readonly logger: Logger;
  /** Closed with the app. */
  readonly tracing: Tracing;
}

/** Wires the service that the environment describes. */
export function createApp(environment: Readonly<Environment>, { logger, tracing }: AppDependencies): App {
  const { HOST, PORT, METRICS_PORT } = environment;
  const metrics = createPrometheus();
  const wired = wireStepper({
    settings: toSettings(environment),
    clock: systemClock,
    logger,
    metrics,
    tracing,
  });
  const door = {
    reachability: wired.engine.reachability,
    rateCounter: wired.engine.rateCounter,
    admission: toAdmissionSettings(environment),
    tls: toTlsFiles(environment),
    logger,
  };
  const metricsServer =
    METRICS_PORT === undefined ? undefined : createMetricsServer({ ...door, page: metrics });
  const server = createServer({
    ...door,
    reports: environment.STEPPER_ROLE === "worker" ? undefined : wired.reports,
    readHealth: () => readHealth(wired),
    metrics,
    tracing,
    metricsPage: metricsServer ? undefined : metrics,
  });
  return {
    engine: wired.engine.name,
    listen: async () => {
      const address = await server.listen(PORT, HOST);
      if (METRICS_PORT === undefined) return address;
      const metricsAddress = await metricsServer?.listen(METRICS_PORT, HOST);
      logger.info({ address: metricsAddress?.address, port: metricsAddress?.port }, "metrics are listening");
      return address;
    },
    close: async () => {
      server.drain();
      await wired.drain(environment.SHUTDOWN_TIMEOUT_MS);
      await server.close(CONNECTION_GRACE_MS);
      await metricsServer?.close(CONNECTION_GRACE_MS);
      await wired.close();
      await tracing.close();
    },
  };
}

async function readHealth({ engine, chain }: WiredStepper) {
  const providers = await chain.health();
  try {
    const queue = await engine.queue.counts();
    return { engine: { name: engine.name, reachable: true }, queue, providers };
  } catch {
    return { engine: { name: engine.name, reachable: false }, providers };
  }
}
