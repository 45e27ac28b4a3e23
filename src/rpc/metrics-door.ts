import { setImmediate as endOfTurn } from "node:timers/promises";
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
  let rendering: Promise<string> | undefined;

  /** The same for all who ask in one turn of the event loop: it takes milliseconds, in which nobody else is answered. */
  function render(): Promise<string> {
    return (rendering ??= endOfTurn()
      .then(() => page.render())
      .finally(() => (rendering = undefined)));
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
