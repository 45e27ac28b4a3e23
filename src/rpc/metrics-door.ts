import { RequestError } from "../core/errors.ts";
import { sendError, sendText } from "./http-answer.ts";
import type { Door } from "./door.ts";

/** Metrics in Prometheus' text format. */
export interface MetricsPage {
  readonly contentType: string;
  render(): Promise<string>;
}

const METRICS_PATH = "/metrics";

/** The page that Prometheus reads. */
export function createMetricsDoor(page: MetricsPage): Door {
  /** Under way: who asks meanwhile gets the same, since it takes milliseconds in which nobody else is answered. */
  let rendering: Promise<string> | undefined;

  function render(): Promise<string> {
    return (rendering ??= page.render().finally(() => (rendering = undefined)));
  }

  return {
    nameOf: (path) => (path === METRICS_PATH ? METRICS_PATH : undefined),
    answer: async (_path, request, response, context) => {
      // Read every few seconds, like probes.
      context.isLogged = true;
      if (request.method === "GET" || request.method === "HEAD") {
        sendText(request, response, await render(), page.contentType);
        return;
      }
      const failure = new RequestError("method_not_allowed", "this path takes GET, HEAD");
      sendError(request, response, failure, { allow: "GET, HEAD" });
    },
  };
}
