import { RequestError } from "../core/errors.ts";
import { sendError, sendText } from "./http-answer.ts";
import type { HttpRequest, HttpResponse } from "./node-http.ts";
import type { Door } from "./door.ts";

/** Metrics in Prometheus' text format. */
export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
}

export const METRICS_PATH = "/metrics";

/** The page that Prometheus reads. */
export function createMetricsDoor(page: MetricsPage): Door {
  return {
    nameOf: (path) => (path === METRICS_PATH ? METRICS_PATH : undefined),
    answer: (_path, request, response, context) => {
      // Read every few seconds, like probes.
      context.isLogged = true;
      void answerMetrics(page, request, response);
    },
  };
}

/** Answers with the page, whatever was asked for. */
export async function answerMetrics(
  page: MetricsPage,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const failure = new RequestError("method_not_allowed", "this path takes GET, HEAD");
    sendError(request, response, failure, { allow: "GET, HEAD" });
    return;
  }
  sendText(request, response, await page.render(), page.contentType);
}
