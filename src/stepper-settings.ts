import type { ProviderAdapter } from "./core/ports.ts";
import type { ProviderSettings } from "./providers/provider-settings.ts";

/** What a stepper can be told. Times are in milliseconds. */
export interface StepperSettings {
  /** In the order in which they are tried: the ones that stepper brings along by name, or your own. Default: none. */
  readonly providers: readonly (ProviderSettings | ProviderAdapter)[];
  /** How long a report is kept. Default 604,800,000: a week. */
  readonly reportTtlMs: number;
  /** Age at which a report is stale and gets refreshed. Default 86,400,000: a day. */
  readonly staleAfterMs: number;
  /** Answer with a stale report while its refresh runs. Default true. */
  readonly staleWhileRevalidate: boolean;
  /** How long a report is kept that no model wrote. Default 300,000. */
  readonly fallbackTtlMs: number;
  /** Most jobs that run at once. Default 5. */
  readonly concurrency: number;
  /** Most jobs that may wait. Default 10,000. */
  readonly maxWaiting: number;
  /** Most runs of one job, should a run break. Default 3. */
  readonly maxRuns: number;
  /** Delay before a job's second run; doubles with each further one. Default 500. */
  readonly retryDelayMs: number;
  /** Time for the providers of one job, all together. Default 120,000. */
  readonly jobTimeoutMs: number;
  /** How long an ended job stays readable. Default 604,800,000: a week. */
  readonly retentionMs: number;
  /** Silence after which a watcher gets a heartbeat. Default 15,000. */
  readonly heartbeatMs: number;
}

/** The same defaults as the environment's. */
export const defaultSettings: StepperSettings = {
  providers: [],
  reportTtlMs: 604_800_000,
  staleAfterMs: 86_400_000,
  staleWhileRevalidate: true,
  fallbackTtlMs: 300_000,
  concurrency: 5,
  maxWaiting: 10_000,
  maxRuns: 3,
  retryDelayMs: 500,
  jobTimeoutMs: 120_000,
  retentionMs: 604_800_000,
  heartbeatMs: 15_000,
};
