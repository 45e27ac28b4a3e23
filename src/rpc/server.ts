import { setMaxListeners } from "node:events";
import type { AddressInfo } from "node:net";
import type { DescMethod } from "@bufbuild/protobuf";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { RateCounter, Reachability } from "../core/ports.ts";
import type { Reports } from "../core/reports.ts";
import type { Logger } from "../telemetry/logger.ts";
import { noMetrics } from "../telemetry/metrics.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { noTracing } from "../telemetry/tracing.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { createAdmission } from "./admission/admission.ts";
import type { AdmissionSettings } from "./admission/admission.ts";
import { limitReports } from "./admission/limited-reports.ts";
import { createConnectHandler } from "./connect-handler.ts";
import { createHealthService } from "./health.ts";
import { createHttpHandler } from "./http-handler.ts";
import { countMessage } from "./interceptors/count-message.ts";
import { mapErrors } from "./interceptors/errors.ts";
import { createGate } from "./interceptors/gate.ts";
import { observe } from "./interceptors/observe.ts";
import { defaultLimits } from "./limits/limits.ts";
import type { Limits } from "./limits/limits.ts";
import { createListener } from "./listener.ts";
import type { TlsFiles } from "./listener.ts";
import { createMetricsDoor } from "./metrics-door.ts";
import type { MetricsPage } from "./metrics-door.ts";
import { createProbes } from "./probes.ts";
import type { Health as HealthPage } from "./probes.ts";
import { createReflection } from "./reflection.ts";
import { createRepeatedAnswers } from "./repeated-answers.ts";
import { createReportService } from "./report-service.ts";
import { createRest } from "./rest.ts";
import { createServing, notServing } from "./serving.ts";

interface ServerDependencies {
  /** Without it this is a worker's server: only probes and health, so that it can be looked after. */
  readonly reports: Reports | undefined;
  readonly reachability: Reachability;
  readonly rateCounter: RateCounter;
  readonly admission: AdmissionSettings;
  readonly readHealth: () => Promise<HealthPage>;
  readonly logger: Logger;
  readonly tls?: TlsFiles | undefined;
  readonly limits?: Limits | undefined;
  readonly metrics?: Metrics | undefined;
  readonly tracing?: Tracing | undefined;
  /** False has Connect's own handlers answer every RPC; for comparing with them. */
  readonly hasFastCalls?: boolean | undefined;
  /** Left out when metrics have a port of their own, or are off. */
  readonly metricsPage?: MetricsPage | undefined;
}

/** Every door of stepper on one port. */
export interface Server {
  /** @throws when the address can't be listened on. */
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Goes not ready and refuses new jobs; those that run can still be read and watched. */
  drain(): void;
  /** Ends streams with UNAVAILABLE, and connections within `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Builds the server. A request passes admission and its door; an RPC then observe → errors → count → gate → handler. */
export function createServer(deps: ServerDependencies): Server {
  const {
    reports,
    readHealth,
    logger,
    tls,
    limits = defaultLimits,
    metrics = noMetrics,
    tracing = noTracing,
  } = deps;
  const serving = createServing(deps.reachability);
  const shutdown = new AbortController();
  // Every open stream listens.
  setMaxListeners(0, shutdown.signal);
  const answers = createRepeatedAnswers();
  const options = {
    interceptors: [observe, mapErrors, countMessage, createGate(serving)],
    maxBytesOf: (method: DescMethod) =>
      method === ReportService.method.enqueue ? limits.requestBytes : limits.smallRequestBytes,
    // Kept, each unknown field of two bytes would take some two hundred.
    binaryOptions: { readUnknownFields: false },
    answers,
    isFast: deps.hasFastCalls ?? true,
  };
  const limited = reports && limitReports(reports);
  if (limited) metrics.readWatchersWith(limited.watchers);
  const stop = shutdown.signal;
  const reportServices = reports && limited ? [createReportService({ reports, limited, answers, stop })] : [];
  const health = createHealthService({
    serving,
    services: reportServices.map(({ service }) => service.typeName),
    stop,
    maxWatches: limits.healthWatches,
  });
  const services = [...reportServices, health];
  const reflection = createReflection(services.map(({ service }) => service));
  const connect = createConnectHandler(options, [...services, ...reflection]);
  const rest =
    reports && limited && createRest({ reports, limited, serving, maxBodyBytes: limits.requestBytes });
  const probes = createProbes({ serving, readHealth });
  const pages = deps.metricsPage ? [probes, createMetricsDoor(deps.metricsPage)] : [probes];
  const doors = rest ? [connect, rest, ...pages] : [connect, ...pages];
  const admission = createAdmission(deps.admission, deps.rateCounter);
  const handler = createHttpHandler({ doors, admission, serving, limits, metrics, tracing, logger });
  const listener = createListener({ handler, limits, logger, tls });

  return {
    listen: (port, host) => listener.listen(port, host),
    drain: () => {
      serving.stop();
      listener.drain();
    },
    close: async (graceMs) => {
      serving.stop();
      shutdown.abort(notServing());
      await listener.close(graceMs);
    },
  };
}
