import type { RateCounter, Reachability } from "../core/ports.ts";
import type { Logger } from "../telemetry/logger.ts";
import { noMetrics } from "../telemetry/metrics.ts";
import { noTracing } from "../telemetry/tracing.ts";
import { createAdmission } from "./admission/admission.ts";
import type { AdmissionSettings } from "./admission/admission.ts";
import { createHttpHandler } from "./http-handler.ts";
import { defaultLimits } from "./limits/limits.ts";
import { createListener } from "./listener.ts";
import type { Listener, TlsFiles } from "./listener.ts";
import { createMetricsDoor } from "./metrics-door.ts";
import type { MetricsPage } from "./metrics-door.ts";
import { createServing } from "./serving.ts";

interface MetricsServerDependencies {
  readonly page: MetricsPage;
  readonly reachability: Reachability;
  readonly rateCounter: RateCounter;
  readonly admission: AdmissionSettings;
  readonly tls?: TlsFiles | undefined;
  readonly logger: Logger;
}

/** A port of its own for metrics, for those who don't want them where clients are; admission and TLS are the same. */
export function createMetricsServer(deps: MetricsServerDependencies): Pick<Listener, "listen" | "close"> {
  const { page, reachability, rateCounter, admission, tls, logger } = deps;
  const serving = createServing(reachability);
  const limits = defaultLimits;
  const handler = createHttpHandler({
    doors: [createMetricsDoor(page)],
    admission: createAdmission(admission, rateCounter),
    serving,
    limits,
    metrics: noMetrics,
    tracing: noTracing,
    logger,
  });
  const listener = createListener({ handler, limits, logger, tls });
  return {
    listen: listener.listen,
    close: async (graceMs) => {
      serving.stop();
      await listener.close(graceMs);
    },
  };
}
