import type { SkipReason } from "../core/job.ts";
import type {
  ChainOptions,
  ChainSuccess,
  Circuit,
  Clock,
  Pacer,
  PromptInput,
  ProviderAdapter,
  ProviderHealth,
} from "../core/ports.ts";
import type { AttemptMeasure } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Answer } from "./ask-adapter.ts";
import { makeAttempt, toSuccess } from "./attempt.ts";
import type { AttemptOutcome } from "./attempt.ts";
import { toBackoffMs } from "./backoff.ts";
import type { Backoff } from "./backoff.ts";
import { createBreaker } from "./breaker.ts";
import type { BreakerSettings, Verdict } from "./breaker.ts";
import { createKeyCheck } from "./key-check.ts";
import { createLimiter } from "./limiter.ts";
import type { Limits } from "./limiter.ts";
import { withProblem } from "./prompt.ts";
import { sleepUntil } from "./sleep-until.ts";

/**
 * One provider with all that stands around its calls, from the outside in:
 *
 *   retry (backoff, Retry-After, one re-ask on invalid output)
 *     ──► may it be called? (key refused · circuit open · cooling down)
 *       ──► limiter (a slot, then a turn) ──► breaker ──► attempt (numbered, observed, timed) ──► adapter
 *
 * The retry is outermost, so that who waits between two calls holds neither slot nor probe.
 */
export interface GuardedProvider {
  readonly name: string;
  /**
   * Asks for a report. Undefined when the provider has none to give, or when `options.deadline` was aborted.
   * @throws the reason of `options.signal`, as soon as it is aborted.
   */
  run(input: PromptInput, options: ProviderRunOptions): Promise<ChainSuccess | undefined>;
  health(): Promise<ProviderHealth>;
  close(): void;
}

/** What a provider is given for one report. */
export interface ProviderRunOptions extends Omit<ChainOptions, "attemptsBefore"> {
  /** The number of the job's next call to this provider. */
  readonly nextNumber: () => number;
  /** What this report has already tried of this provider; counted on. */
  readonly tries: Tries;
}

/** What one report has tried of one provider. */
export interface Tries {
  /** Calls that failed for a while; the most that may be, once one has failed for good. */
  failed: number;
  /** True when an invalid reply has been asked for again. */
  reAsked: boolean;
  /** How often a short rest, which others had caused, was waited for. */
  rests: number;
  /** True when it was left because it wants to be left alone: later it may be asked again. */
  isResting: boolean;
}

/** A provider, and how it is to be called. */
export interface ProviderSetup extends Partial<Limits> {
  readonly adapter: ProviderAdapter;
  /** Longest that one call may take. Default 30,000. */
  readonly timeoutMs?: number;
}

/** What is the same for every provider. */
export interface GuardSettings {
  readonly backoff: Backoff;
  /** Most calls for one report that fail for a while. */
  readonly maxAttempts: number;
  readonly breaker: BreakerSettings;
}

/** What an operator should hear of. */
export interface ProviderNews {
  onCircuit(provider: string, circuit: Circuit): void;
  /** The provider refused its key, for the first time since it took it. */
  onKeyRefused(provider: string): void;
  /** A call has ended. */
  onAttempt(measure: AttemptMeasure): void;
}

interface GuardedProviderOptions extends ProviderSetup, GuardSettings {
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly random: () => number;
  readonly tracing: Tracing;
  readonly news: ProviderNews;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** For custom providers, which know their own limits. */
const DEFAULT_CONCURRENCY = 1_000;

/** Why a provider is not called now, and for how long. */
interface Obstacle {
  readonly reason: SkipReason;
  readonly retryAfterMs: number;
}

/** A retry of the same call later, or at once with what was wrong with the reply. */
type NextTry = { readonly delayMs: number } | { readonly input: PromptInput };

/** Puts the guards around one adapter, a vendor's or a custom one. */
export function createGuardedProvider(setup: GuardedProviderOptions): GuardedProvider {
  const { adapter, clock, pacer, tracing, news, backoff, timeoutMs = DEFAULT_TIMEOUT_MS } = setup;
  const { name } = adapter;
  const { concurrency = DEFAULT_CONCURRENCY, perSecond } = setup;
  const limiter = createLimiter({ provider: name, concurrency, perSecond, pacer, clock });
  const breaker = createBreaker({
    ...setup.breaker,
    onChange: (circuit) => {
      news.onCircuit(name, circuit);
      // Half-open it stays for as long as nobody asks.
      void pacer.tellCircuit(name, circuit, 2 * setup.breaker.resetMs);
    },
  });
  const keyCheck = createKeyCheck({ clock, onRefused: () => news.onKeyRefused(name) });

  const findObstacle = async (): Promise<Obstacle | undefined> => toObstacle(await pacer.cooldownMs(name));

  /** What stands in the way of a call at this moment, given the rest that all processes know of. */
  function toObstacle(cooldownMs: number): Obstacle | undefined {
    const refusedMs = keyCheck.leftMs();
    if (refusedMs > 0) return { reason: "disabled", retryAfterMs: Math.ceil(refusedMs) };
    if (!breaker.allows()) return { reason: "circuit_open", retryAfterMs: Math.ceil(breaker.openMs()) };
    return cooldownMs > 0 ? { reason: "cooling_down", retryAfterMs: Math.ceil(cooldownMs) } : undefined;
  }

  /** Undefined when it did not come to a call: it was given up first, or something stood in its way by then. */
  async function call(input: PromptInput, options: ProviderRunOptions) {
    const attempt = async (): Promise<AttemptOutcome> => {
      keyCheck.begin();
      return makeAttempt({ adapter, clock, timeoutMs, tracing, onEnd: news.onAttempt }, input, options);
    };
    const ends = [options.signal, options.deadline];
    const callNow = async (hasWaited: boolean): Promise<AttemptOutcome | undefined> => {
      // The wait for a slot and a turn may have been long; without one, the look before it still holds. Nothing comes
      // between this look and the call: so there is one probe at a time.
      if (toObstacle(hasWaited ? await pacer.cooldownMs(name) : 0) !== undefined) return undefined;
      const outcome = await breaker.run(attempt, (made) => judge(made, ends));
      // Before the slot is free: who has it next must know.
      if (outcome !== undefined) await learnFrom(outcome.answer);
      return outcome;
    };
    return limiter.run(callNow, ends);
  }

  async function learnFrom(answer: Answer): Promise<void> {
    if (answer.ok) {
      keyCheck.accept();
      return;
    }
    const { kind, retryAfterMs } = answer.error;
    if (kind === "auth") keyCheck.refuse();
    if (kind === "rate_limited" && retryAfterMs !== undefined) await pacer.coolDown(name, retryAfterMs);
  }

  /** What to do after a failure; undefined when this provider has nothing to give. */
  function toNextTry(answer: Answer, input: PromptInput, options: ProviderRunOptions): NextTry | undefined {
    if (answer.ok || options.deadline.aborted) return undefined;
    const { error, reply, problem } = answer;
    if (error.kind === "invalid_output") {
      return options.tries.reAsked ? undefined : { input: withProblem(input, reply, problem) };
    }
    if (!error.retryable || options.tries.failed >= setup.maxAttempts) return undefined;
    // A Retry-After of nothing is no invitation to call as fast as one can.
    const backoffMs = toBackoffMs(options.tries.failed, backoff, setup.random);
    const delayMs = Math.max(error.retryAfterMs ?? 0, backoffMs);
    return delayMs > Math.min(backoff.maxMs, msUntilDeadline(clock, options)) ? undefined : { delayMs };
  }

  /** A short rest is waited for here, as often as a call may fail; after that others are asked first. */
  function isWorthWaitingFor({ reason, retryAfterMs }: Obstacle, options: ProviderRunOptions): boolean {
    const isShort = retryAfterMs <= Math.min(backoff.maxMs, msUntilDeadline(clock, options));
    return reason === "cooling_down" && isShort && options.tries.rests < setup.maxAttempts;
  }

  async function skip(
    obstacle: { readonly reason: SkipReason; readonly retryAfterMs?: number },
    { observe, tries }: ProviderRunOptions,
  ): Promise<undefined> {
    tries.isResting = obstacle.reason === "cooling_down";
    await observe({ type: "provider_skipped", provider: name, ...obstacle });
  }

  async function run(input: PromptInput, options: ProviderRunOptions): Promise<ChainSuccess | undefined> {
    const { signal, deadline, tries } = options;
    const sleep = (ms: number): Promise<void> => sleepUntil(clock, ms, [signal, deadline]);
    let asked = input;
    for (;;) {
      signal.throwIfAborted();
      if (deadline.aborted) return skip({ reason: "deadline" }, options);
      const obstacle = await findObstacle();
      if (obstacle !== undefined) {
        if (!isWorthWaitingFor(obstacle, options)) return skip(obstacle, options);
        tries.rests += 1;
        await sleep(obstacle.retryAfterMs);
        continue;
      }
      const outcome = await call(asked, options);
      // What stood in its way is found in the next round.
      if (outcome === undefined) continue;
      signal.throwIfAborted();
      if (!outcome.answer.ok && outcome.answer.error.retryable) tries.failed += 1;
      const next = toNextTry(outcome.answer, asked, options);
      if (next === undefined) {
        // Else it would be asked again as soon as another report makes it rest.
        if (!outcome.answer.ok && !outcome.answer.error.retryable) tries.failed = setup.maxAttempts;
        tries.isResting = !outcome.answer.ok && outcome.answer.error.kind === "rate_limited";
        return toSuccess(outcome);
      }
      if ("input" in next) [asked, tries.reAsked] = [next.input, true];
      else await sleep(next.delayMs);
    }
  }

  return {
    name,
    run,
    health: async () => {
      const obstacle = await findObstacle();
      const circuit = breaker.circuit();
      // A process that answers calls only has no circuits of its own to speak of.
      const shown = circuit === "closed" ? await pacer.toldCircuit(name) : circuit;
      return { name, circuit: shown, cooldownMs: obstacle?.retryAfterMs ?? 0 };
    },
    close: () => breaker.close(),
  };
}

/** How long providers may still be waited for. */
export function msUntilDeadline(
  { monotonicMs }: Pick<Clock, "monotonicMs">,
  { deadlineAtMs = Infinity }: Pick<ChainOptions, "deadlineAtMs">,
): number {
  return deadlineAtMs - monotonicMs();
}

/** Only a provider that can't be reached, or does not answer, trips its circuit. */
function judge({ answer }: AttemptOutcome, ends: readonly AbortSignal[]): Verdict {
  if (answer.ok) return "healthy";
  if (ends.some(({ aborted }) => aborted)) return "nothing";
  const { kind } = answer.error;
  return kind === "timeout" || kind === "unavailable" ? "failing" : "healthy";
}
