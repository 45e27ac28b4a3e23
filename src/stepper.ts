import { randomUUID } from "node:crypto";
import { noAlerts } from "./alerts/alert.ts";
import type { Alerts } from "./alerts/alert.ts";
import { createDiscordSender } from "./alerts/discord.ts";
import { createOperatorNews } from "./alerts/operator-news.ts";
import { createThrottledAlerts } from "./alerts/throttled-alerts.ts";
import { createEnqueueReport } from "./core/enqueue-report.ts";
import type { Enqueued } from "./core/enqueue-report.ts";
import { InvalidArgumentError } from "./core/errors.ts";
import { fingerprint } from "./core/fingerprint.ts";
import { generateReport } from "./core/generate-report.ts";
import type { Generated } from "./core/generate-report.ts";
import { createPrepareRequest } from "./core/prepare-request.ts";
import { replayJob } from "./core/replay-job.ts";
import { createReports } from "./core/reports.ts";
import type { Reports } from "./core/reports.ts";
import type { ChainEvent, Clock, Engine, ProviderChain, Redaction } from "./core/ports.ts";
import { FALLBACK_PROVIDER } from "./core/report.ts";
import type { ReportRequest } from "./core/report-request.ts";
import { createMemoryEngine } from "./engines/memory/index.ts";
import { createMemoryRateCounter } from "./engines/memory/rate-counter.ts";
import { createRedisEngine } from "./engines/redis/index.ts";
import { createProviderChain } from "./providers/chain.ts";
import { createHttpClient } from "./providers/http-client.ts";
import { createCustomProvider } from "./providers/custom-provider.ts";
import { createProviders } from "./providers/registry.ts";
import { redaction } from "./redaction/redaction.ts";
import type { StepperSettings } from "./stepper-settings.ts";
import type { Logger } from "./telemetry/logger.ts";
import { noMetrics } from "./telemetry/metrics.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import { noTracing } from "./telemetry/tracing.ts";
import type { Tracing } from "./telemetry/tracing.ts";
import { createCallbackRunner } from "./worker/callbacks.ts";
import type { Callbacks } from "./worker/callbacks.ts";
import { startWorker } from "./worker/worker.ts";

/** Everything behind the doors, wired. */
export interface WiredStepper {
  readonly reports: Reports;
  readonly engine: Engine;
  readonly chain: ProviderChain;
  registerCallbacks(callbacks: Callbacks): () => void;
  /**
   * Asks again for the report of a job that failed for good.
   * @throws {RequestError} `not_found`, `queue_full`, `unavailable`
   */
  replay(jobId: string): Promise<Enqueued>;
  /** Runs the chain for one commit now, past cache and queue. */
  generate(
    request: ReportRequest,
    observe: (event: ChainEvent) => void,
    signal: AbortSignal,
  ): Promise<Generated>;
  /** Ends the work: running jobs may finish for `graceMs`, and are cut off then. */
  drain(graceMs: number): Promise<void>;
  /** Frees everything; `drain` comes first. */
  close(): Promise<void>;
}

interface StepperDependencies {
  readonly settings: StepperSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly tracing?: Tracing;
}

/**
 * A claim ends with its job. This is for one whose job was lost with its process: longer than any job waits and runs,
 * and whoever finds such a claim earlier takes it up.
 */
const CLAIM_TTL_MS = 604_800_000;

/** Wires engine, providers, core and worker. */
export function wireStepper({
  settings,
  clock,
  logger,
  metrics = noMetrics,
  tracing = noTracing,
}: StepperDependencies): WiredStepper {
  const engine = createEngine({ settings, clock, logger });
  const alerts = createAlerts({ settings, clock, logger }, engine);
  const news = createOperatorNews(
    alerts,
    settings.providers.map(({ name }) => name),
  );
  engine.reachability.onChange(news.onReachable);
  requireDistinctNames(settings.providers.map(({ name }) => name));
  const hasVendors = settings.providers.some((provider) => !("call" in provider));
  const httpClient = hasVendors ? createHttpClient() : undefined;
  const setups = settings.providers.flatMap((provider) => {
    if ("call" in provider) return [{ adapter: createCustomProvider(provider) }];
    return httpClient ? createProviders([provider], { ...httpClient, clock }) : [];
  });
  const chain = createProviderChain({
    providers: setups,
    clock,
    pacer: engine.pacer,
    random: Math.random,
    tracing,
    maxAttempts: settings.retryMaxAttempts,
    maxCooldownWaitMs: settings.retryAfterMaxWaitMs,
    hedgeAfterMs: settings.hedgeAfterMs,
    backoff: { baseMs: settings.retryDelayMs, maxMs: settings.maxRetryDelayMs },
    breaker: settings.circuit,
    news: {
      onCircuit: (provider, circuit) => {
        metrics.circuit(provider, circuit);
        news.onCircuit(provider, circuit);
        logger.warn({ provider, circuit }, "a provider's circuit has changed");
      },
      onAttempt: (attempt) => {
        metrics.attempt(attempt);
        news.onAttempt(attempt);
      },
      onKeyRefused: (provider) => {
        news.onKeyRefused(provider);
        logger.error({ provider }, "a provider refuses its key: it is left out");
      },
    },
  });
  for (const { name } of settings.providers) metrics.circuit(name, "closed");
  metrics.readQueueWith(() => engine.queue.counts());
  const { redactRequest, redactContent } = settings.redact ? redaction : noRedaction;
  const callbacks = createCallbackRunner({ log: engine.worker.log, clock, logger });
  const worker =
    settings.role === "api"
      ? undefined
      : startWorker({
          engine,
          chain,
          redactContent,
          clock,
          logger,
          metrics,
          tracing,
          callbacks,
          news,
          ...settings,
        });
  const { promptVersion } = chain;
  const enqueueReport = createEnqueueReport({
    ...engine,
    clock,
    createJobId: randomUUID,
    freshness: settings,
    claimTtlMs: CLAIM_TTL_MS,
    onLookup: metrics.lookup,
  });
  // What is kept has been made ready once; the prompt may be another one by now.
  const enqueueAgain = (request: ReportRequest): Promise<Enqueued> =>
    enqueueReport({ request, fingerprint: fingerprint(request, promptVersion) });
  const { heartbeatMs } = settings;
  const reports = createReports({
    ...engine,
    clock,
    heartbeatMs,
    prepareRequest: createPrepareRequest({ redactRequest, promptVersion }),
    enqueueReport,
    onCancelled: () => metrics.job({ status: "cancelled" }),
  });

  return {
    reports,
    engine,
    chain,
    registerCallbacks: callbacks.register,
    replay: (jobId) => replayJob({ deadLetters: engine.deadLetters, enqueueReport: enqueueAgain }, jobId),
    generate: async (request, observe, signal) => {
      const generated = await generateReport(
        { chain, clock, redactContent, timeoutMs: settings.jobTimeoutMs },
        await redactRequest(request),
        {
          observe: (event) => {
            observe(event);
            return Promise.resolve();
          },
          signal,
        },
      );
      news.onReport(generated.report);
      return generated;
    },
    drain: async (graceMs) => {
      const startedAtMs = clock.monotonicMs();
      await worker?.close(graceMs);
      await callbacks.drain(Math.max(0, graceMs - (clock.monotonicMs() - startedAtMs)));
    },
    close: async () => {
      await chain.close();
      await httpClient?.close();
      await alerts.close();
      await engine.close();
    },
  };
}

/** For those who have seen to it themselves. */
const noRedaction: Redaction = {
  redactRequest: (request) => Promise.resolve(request),
  redactContent: (content) => content,
};

function createEngine({ settings, clock, logger }: StepperDependencies): Engine {
  const { redis } = settings;
  if (redis === undefined) return createMemoryEngine({ ...settings, clock });
  const localRateCounter = createMemoryRateCounter();
  return createRedisEngine({ ...settings, ...redis, clock, logger, localRateCounter });
}

function createAlerts({ settings, clock, logger }: StepperDependencies, { rateCounter }: Engine): Alerts {
  if (settings.alerts === undefined) return noAlerts;
  const { discordWebhookUrl: webhookUrl, throttleMs } = settings.alerts;
  const send = createDiscordSender({ webhookUrl, fetch, clock, logger });
  return createThrottledAlerts({ send, rateCounter, throttleMs, clock, logger });
}

/** A job's attempts, metrics and limits go by the provider's name; `template` is the fallback's. */
function requireDistinctNames(names: readonly string[]): void {
  const taken = new Set([FALLBACK_PROVIDER]);
  for (const [index, name] of names.entries()) {
    if (taken.has(name)) {
      const description = `is taken: each provider needs a name of its own, and ${FALLBACK_PROVIDER} is the fallback's`;
      throw new InvalidArgumentError([{ field: `providers[${index}].name`, description }]);
    }
    taken.add(name);
  }
}
