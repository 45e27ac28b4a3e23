import { RequestError } from "../core/errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { sendError } from "./http-answer.ts";
import { defaultLimits } from "./limits/limits.ts";
import { createListener } from "./listener.ts";
import type { Listener } from "./listener.ts";
import { answerMetrics, METRICS_PATH } from "./metrics-door.ts";
import type { MetricsPage } from "./metrics-door.ts";

/** A port of its own for metrics, for those who don't want them on the port that clients reach. */
export function createMetricsServer(page: MetricsPage, logger: Logger): Pick<Listener, "listen" | "close"> {
  return createListener({
    handler: (request, response) => {
      if (request.url === METRICS_PATH) void answerMetrics(page, request, response);
      else sendError(request, response, new RequestError("not_found", "there is nothing at this address"));
    },
    limits: defaultLimits,
    logger,
  });
}
