/**
 * The names of stepper's keys. All carry one hash tag, so that in a Redis Cluster they live in one slot and a script may
 * touch several of them.
 */
export interface RedisKeys {
  report(fingerprint: string): string;
  claim(fingerprint: string): string;
  /** Also the name of the job's doorbell channel. */
  log(jobId: string): string;
  /** There once somebody has told of the job's end. */
  told(jobId: string): string;
  /** The doorbell channel for cancelled jobs. */
  readonly cancels: string;
  /** The jobs whose logs have begun and not ended. */
  readonly openLogs: string;
  deadLetter(jobId: string): string;
  /** The ids of the dead letters by age. */
  readonly deadLetters: string;
  /** When a provider may be called next. */
  turn(provider: string): string;
  /** Lives as long as a provider is to be left alone. */
  cooldown(provider: string): string;
  /** The circuits of a provider that are not closed, by process. */
  circuits(provider: string): string;
  /** Start of the rate counters' keys. */
  readonly rates: string;
}

/** Keys such as `{stepper}:report:…`. */
export function createRedisKeys(prefix: string): RedisKeys {
  return {
    report: (fingerprint) => `{${prefix}}:report:${fingerprint}`,
    claim: (fingerprint) => `{${prefix}}:claim:${fingerprint}`,
    log: (jobId) => `{${prefix}}:log:${jobId}`,
    told: (jobId) => `{${prefix}}:told:${jobId}`,
    cancels: `{${prefix}}:cancels`,
    openLogs: `{${prefix}}:open-logs`,
    deadLetter: (jobId) => `{${prefix}}:dead-letter:${jobId}`,
    deadLetters: `{${prefix}}:dead-letters`,
    turn: (provider) => `{${prefix}}:turn:${provider}`,
    cooldown: (provider) => `{${prefix}}:cooldown:${provider}`,
    circuits: (provider) => `{${prefix}}:circuits:${provider}`,
    rates: `{${prefix}}:rate`,
  };
}
