import type { ProviderHealth, QueueCounts } from "../core/ports.ts";
import { RequestError } from "../core/errors.ts";
import { sendError, sendJson } from "./http-answer.ts";
import type { Door } from "./door.ts";
import type { Serving } from "./serving.ts";

/** What `/health` tells of the process. */
export interface Health {
  readonly engine: { readonly name: string; readonly reachable: boolean };
  /** Absent when the engine can't be asked. */
  readonly queue?: QueueCounts;
  readonly providers: readonly ProviderHealth[];
}

interface ProbesDependencies {
  readonly serving: Serving;
  readonly readHealth: () => Promise<Health>;
}

type Page = () => Promise<{ readonly status: number; readonly body: unknown }>;

/** The pages for probes and people. */
export function createProbes({ serving, readHealth }: ProbesDependencies): Door {
  const pages: Readonly<Record<string, Page>> = {
    "/livez": () => Promise.resolve({ status: 200, body: { status: "ok" } }),
    "/readyz": () => {
      const ready = serving.isServing();
      return Promise.resolve({
        status: ready ? 200 : 503,
        body: { status: ready ? "ok" : "unavailable" },
      });
    },
    "/health": async () => {
      const { engine, queue, providers } = await readHealth();
      // Open circuits alone never make it 503: the fallback still answers.
      const healthy = engine.reachable && serving.isServing();
      const body = {
        status: healthy ? "ok" : "unavailable",
        engine: { name: engine.name, state: engine.reachable ? "up" : "down" },
        ...(queue && { queue }),
        providers,
      };
      return { status: healthy ? 200 : 503, body };
    },
  };

  const find = (path: string): Page | undefined => (Object.hasOwn(pages, path) ? pages[path] : undefined);

  return {
    nameOf: (path) => find(path) && path,
    answer: async (path, request, response, context) => {
      // Probes come every few seconds, and say nothing new.
      context.isLogged = true;
      if (request.method !== "GET" && request.method !== "HEAD") {
        const failure = new RequestError("method_not_allowed", "this path takes GET, HEAD");
        sendError(request, response, failure, { allow: "GET, HEAD" });
        return;
      }
      const page = await find(path)?.();
      if (page) sendJson(request, response, page.status, page.body, { "cache-control": "no-store" });
    },
  };
}
