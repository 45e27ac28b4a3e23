import { Code, ConnectError } from "@connectrpc/connect";
import type { ServiceImpl } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import type { Health } from "../../gen/health/v1/health_pb.ts";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { Serving } from "./serving.ts";

/** The names that can be asked for: the empty one is the whole server. */
const SERVICES: readonly string[] = ["", ReportService.typeName];

/**
 * The standard health service, see https://grpc.io/docs/guides/health-checking. Once `stop` is aborted, watches end with
 * its reason.
 */
export function createHealthService(serving: Serving, stop: AbortSignal): ServiceImpl<typeof Health> {
  const current = (): Status => (serving.isServing() ? Status.SERVING : Status.NOT_SERVING);
  return {
    check: ({ service }) => {
      if (!SERVICES.includes(service)) throw new ConnectError("no such service", Code.NotFound);
      return { status: current() };
    },
    list: () => ({
      statuses: Object.fromEntries(SERVICES.map((service) => [service, { status: current() }])),
    }),
    watch: async function* ({ service }, { signal }) {
      // The protocol keeps the stream of an unknown service open, in case it appears; ours are all known from the start.
      const read = SERVICES.includes(service) ? current : () => Status.SERVICE_UNKNOWN;
      for await (const status of changes(serving, read, [signal, stop])) yield { status };
      stop.throwIfAborted();
    },
  };
}

/** The status now, and again whenever it has changed, until one of `ends` is aborted. */
async function* changes(
  serving: Serving,
  read: () => Status,
  ends: readonly AbortSignal[],
): AsyncGenerator<Status, void> {
  let wake = (): void => undefined;
  const ring = (): void => wake();
  const unsubscribe = serving.onChange(ring);
  for (const end of ends) end.addEventListener("abort", ring, { once: true });
  try {
    let told: Status | undefined;
    while (!ends.some(({ aborted }) => aborted)) {
      const changed = new Promise<void>((resolve) => (wake = resolve));
      if (read() !== told) yield (told = read());
      else await changed;
    }
  } finally {
    unsubscribe();
    for (const end of ends) end.removeEventListener("abort", ring);
  }
}
