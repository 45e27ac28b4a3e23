import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Circuit, QueueCounts } from "../core/ports.ts";
import type { Metrics } from "./metrics.ts";

/** Metrics as Prometheus reads them. */
export interface Prometheus extends Metrics {
  /** Of what `render` gives: Prometheus' text format. */
  readonly contentType: string;
  render(): Promise<string>;
}

/** Providers take from a second to their timeouts. */
const ATTEMPT_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

/** A job may ask several of them, and wait between. */
const JOB_BUCKETS = [0.01, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 240];

/** A call is an answer from memory, or a stream as long as its job. */
const CALL_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120];

/** So that an alert can say `> 0`. */
const CIRCUIT_VALUES: Readonly<Record<Circuit, number>> = {
  closed: 0,
  "half-open": 1,
  open: 2,
};

/** Counts for one stepper, along with Node's own figures. Labels come from lists of ours, so their number is bounded. */
export function createPrometheus(): Prometheus {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const provider = createProviderMetrics(registers);
  const work = createWorkMetrics(registers);
  const calls = createCallMetrics(registers);

  return {
    ...provider,
    ...work,
    ...calls,
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

function createProviderMetrics(registers: Registry[]): Pick<Metrics, "attempt" | "circuit"> {
  const requests = new Counter({
    name: "ai_requests_total",
    help: "Calls to providers, by how they ended: succeeded, failed, or aborted.",
    labelNames: ["provider", "status"],
    registers,
  });
  const durations = new Histogram({
    name: "ai_request_duration_seconds",
    help: "How long calls to providers took.",
    labelNames: ["provider"],
    buckets: ATTEMPT_BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: "provider_failures_total",
    help: "Calls to providers that failed, by why.",
    labelNames: ["provider", "reason"],
    registers,
  });
  const tokens = new Counter({
    name: "provider_tokens_total",
    help: "Tokens that providers counted, of prompts (input) and of replies (output).",
    labelNames: ["provider", "direction"],
    registers,
  });
  const circuits = new Gauge({
    name: "circuit_state",
    help: "State of a provider's circuit: 0 closed, 1 half-open, 2 open.",
    labelNames: ["provider"],
    registers,
  });
  return {
    attempt: ({ provider, outcome: status, errorKind: reason, durationMs, tokenUsage }) => {
      requests.inc({ provider, status });
      durations.observe({ provider }, durationMs / 1_000);
      if (reason !== undefined) failures.inc({ provider, reason });
      if (tokenUsage === undefined) return;
      tokens.inc({ provider, direction: "input" }, tokenUsage.inputTokens);
      tokens.inc({ provider, direction: "output" }, tokenUsage.outputTokens);
    },
    circuit: (name, circuit) => {
      circuits.set({ provider: name }, CIRCUIT_VALUES[circuit]);
      // A series that begins at 1 has no increase for Prometheus.
      for (const status of ["succeeded", "failed"]) requests.inc({ provider: name, status }, 0);
    },
  };
}

function createWorkMetrics(
  registers: Registry[],
): Pick<Metrics, "lookup" | "job" | "readQueueWith" | "readWatchersWith"> {
  const hits = new Counter({
    name: "cache_hits_total",
    help: "Requests for which there was a report (fresh or stale), or a job that makes it (pending).",
    labelNames: ["status"],
    registers,
  });
  const misses = new Counter({
    name: "cache_misses_total",
    help: "Requests that began a job.",
    registers,
  });
  const jobs = new Counter({
    name: "jobs_processed_total",
    help: "Jobs that ended here: completed, failed, or cancelled.",
    labelNames: ["status"],
    registers,
  });
  const fallbacks = new Counter({
    name: "fallback_reports_total",
    help: "Completed jobs whose report the template wrote, because no provider had one.",
    registers,
  });
  const durations = new Histogram({
    name: "job_duration_seconds",
    help: "How long the runs took that ended jobs.",
    buckets: JOB_BUCKETS,
    registers,
  });
  // As above.
  for (const status of ["fresh", "stale", "pending"]) hits.inc({ status }, 0);
  for (const status of ["completed", "failed", "cancelled"]) jobs.inc({ status }, 0);
  return {
    lookup: (state) => {
      if (state === "miss") misses.inc();
      else hits.inc({ status: state });
    },
    job: ({ status, fallback, durationMs }) => {
      jobs.inc({ status });
      if (fallback) fallbacks.inc();
      if (durationMs !== undefined) durations.observe(durationMs / 1_000);
    },
    readQueueWith: (counts) => registerQueue(registers, counts),
    readWatchersWith: (count) => {
      new Gauge({
        name: "watchers",
        help: "Streams that watch jobs here.",
        registers,
        collect() {
          this.set(count());
        },
      });
    },
  };
}

/** Read when scraped. While the engine is away there are no figures, rather than old ones. */
function registerQueue(registers: Registry[], counts: () => Promise<QueueCounts>): void {
  new Gauge({
    name: "job_queue_size",
    help: "Jobs in the queue, of all processes: waiting, or active.",
    labelNames: ["state"],
    registers,
    async collect() {
      this.reset();
      const known = await counts().catch(() => undefined);
      for (const [state, count] of Object.entries(known ?? {})) this.set({ state }, Number(count));
    },
  });
}

function createCallMetrics(registers: Registry[]): Pick<Metrics, "call"> {
  const calls = new Counter({
    name: "rpc_requests_total",
    help: "Calls at every door, by how they ended.",
    labelNames: ["method", "code"],
    registers,
  });
  const durations = new Histogram({
    name: "rpc_duration_seconds",
    help: "How long calls took; a stream takes as long as it is watched.",
    labelNames: ["method"],
    buckets: CALL_BUCKETS,
    registers,
  });
  return {
    call: ({ method, code, durationMs }) => {
      calls.inc({ method, code });
      durations.observe({ method }, durationMs / 1_000);
    },
  };
}
