import { Code, ConnectError, createServiceImplSpec } from "@connectrpc/connect";
import type { ServiceImplSpec } from "@connectrpc/connect";
import { HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { Health } from "../../gen/health/v1/health_pb.ts";
import { RequestError } from "../core/errors.ts";
import type { Serving } from "./serving.ts";

interface HealthDependencies {
  readonly serving: Serving;
  /** The names of the services that are served here; the whole server can be asked for besides. */
  readonly services: readonly string[];
  /** Aborted, with an error for the clients, when watches must end. */
  readonly stop: AbortSignal;
  /** Most watches at a time: they may be open to callers without a key. */
  readonly maxWatches: number;
}

/** Whoever watches health asks again by itself. */
const WATCHES_RETRY_AFTER_MS = 5_000;

/** The name of the whole server. */
const SERVER = "";

/** The standard health service, see https://grpc.io/docs/guides/health-checking. */
export function createHealthService({
  serving,
  services,
  stop,
  maxWatches,
}: HealthDependencies): ServiceImplSpec {
  let watches = 0;
  const names = [SERVER, ...services];
  const current = (): Status => (serving.isServing() ? Status.SERVING : Status.NOT_SERVING);
  return createServiceImplSpec<typeof Health>(Health, {
    check: ({ service }) => {
      if (!names.includes(service)) throw new ConnectError("no such service", Code.NotFound);
      return { status: current() };
    },
    list: () => ({
      statuses: Object.fromEntries(names.map((service) => [service, { status: current() }])),
    }),
    watch: async function* ({ service }, { signal }) {
      // The protocol keeps the stream of an unknown service open, in case it appears; ours are all known from the start.
      const read = names.includes(service) ? current : () => Status.SERVICE_UNKNOWN;
      if (watches >= maxWatches) {
        const after = { retryAfterMs: WATCHES_RETRY_AFTER_MS };
        throw new RequestError("rate_limited", "too many streams are open", after);
      }
      watches += 1;
      try {
        for await (const status of changes(serving, read, [signal, stop])) yield { status };
      } finally {
        watches -= 1;
      }
      signal.throwIfAborted();
      stop.throwIfAborted();
    },
  });
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
