import type { JobError } from "../core/job.ts";
import type { Circuit, QueuedJob } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import type { AttemptMeasure } from "../telemetry/metrics.ts";
import type { Alert, Alerts } from "./alert.ts";

/** What happens, told as it happens; what an operator should hear of becomes an alert. */
export interface OperatorNews {
  onCircuit(provider: string, circuit: Circuit): void;
  onKeyRefused(provider: string): void;
  onAttempt(measure: AttemptMeasure): void;
  /** A report was made, by a job or at once. */
  onReport(report: Report, job?: QueuedJob): void;
  onJobFailed(jobId: string, error: JobError): void;
  onReachable(isReachable: boolean): void;
}

/** Turns what happens into alerts. Without providers the template is no failure, and nobody is told of it. */
export function createOperatorNews(alerts: Alerts, providers: readonly string[]): OperatorNews {
  const open = new Set<string>();
  let isEngineLost = false;
  /** Why a provider last failed, while it has not succeeded since. */
  const troubles = new Map<string, string>();
  const raise = (kind: Alert["kind"], text: string): void => alerts.raise({ kind, text });

  function onCircuit(provider: string, circuit: Circuit): void {
    // A probe that fails opens it again, which is nothing new.
    if (circuit === "open" && !open.has(provider)) {
      open.add(provider);
      raise(
        "circuit_opened",
        `${provider} fails too often, and is left alone for a while.${lately([provider])}`,
      );
    }
    if (circuit === "closed" && open.delete(provider)) raise("circuit_closed", `${provider} answers again.`);
  }

  /** The last failures of providers, as a sentence; nothing when there were none. */
  function lately(names: readonly string[]): string {
    const known = names.flatMap((name) =>
      troubles.has(name) ? [`${name} ${troubles.get(name) ?? ""}`] : [],
    );
    return known.length === 0 ? "" : ` Last failures: ${known.join(", ")}.`;
  }

  return {
    onCircuit,
    onKeyRefused: (provider) =>
      raise("key_refused", `${provider} refuses its key. It is left out, but for a probe every ten minutes.`),
    onAttempt: ({ provider, outcome, errorKind }) => {
      if (outcome === "succeeded") troubles.delete(provider);
      else if (errorKind !== undefined) troubles.set(provider, errorKind);
    },
    onReport: ({ fallback }, job) => {
      if (!fallback || providers.length === 0) return;
      const what = job ? `Job ${job.jobId} (${job.request.repo}, ${job.request.commitSha})` : "A report";
      raise("all_providers_failed", `${what} was made by the template.${lately(providers)}`);
    },
    onJobFailed: (jobId, { message }) =>
      raise("job_failed", `Job ${jobId}: ${message}. Run it again with: stepper jobs retry ${jobId}`),
    onReachable: (isReachable) => {
      // That it answers at the start is no news.
      if (isReachable && isEngineLost) raise("engine_back", "Work goes on where it stood.");
      if (!isReachable)
        raise("engine_lost", "New requests are refused, and running jobs wait, until it is back.");
      isEngineLost = !isReachable;
    },
  };
}
