import type { Attempt } from "../core/job.ts";
import type {
  ChainOptions,
  ChainSuccess,
  Clock,
  PromptInput,
  ProviderAdapter,
  ProviderHealth,
} from "../core/ports.ts";
import { createCooldown } from "./cooldown.ts";
import { askAdapter } from "./ask-adapter.ts";
import type { Answer } from "./ask-adapter.ts";
import { withProblem } from "./prompt.ts";

/**
 * One provider with all that stands around its calls, from the outside in:
 *
 *   run ──► cooldown (passed over meanwhile) ──► re-ask (once, on invalid output)
 *       ──► attempt (numbered, timed, observed) ──► time limits ──► adapter
 *
 * Limiter, breaker and retry, in this order, belong around an attempt: so that each call waits for its turn, counts
 * for the circuit, and is observed under its own number.
 */
export interface GuardedProvider {
  readonly name: string;
  /**
   * Asks for a report. Undefined when the provider has none to give, or when `options.deadline` was aborted.
   * @throws the reason of `options.signal`, as soon as it is aborted.
   */
  run(input: PromptInput, options: ProviderRunOptions): Promise<ChainSuccess | undefined>;
  health(): ProviderHealth;
}

/** What a provider is given for one report. */
export interface ProviderRunOptions extends Omit<ChainOptions, "attemptsBefore"> {
  /** The number of the job's next call to this provider. */
  readonly nextNumber: () => number;
}

/** A provider, and how it is to be called. */
export interface ProviderSetup {
  readonly adapter: ProviderAdapter;
  /** Longest that one call may take. Default 30,000. */
  readonly timeoutMs?: number;
}

interface GuardedProviderOptions extends ProviderSetup {
  readonly clock: Clock;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Puts the guards around one adapter, a vendor's or a custom one. */
export function createGuardedProvider(setup: GuardedProviderOptions): GuardedProvider {
  const { adapter, clock, timeoutMs = DEFAULT_TIMEOUT_MS } = setup;
  const { name } = adapter;
  const cooldown = createCooldown(clock);

  async function attempt(input: PromptInput, options: ProviderRunOptions) {
    const { observe, signal, deadline } = options;
    signal.throwIfAborted();
    const number = options.nextNumber();
    await observe({ type: "attempt_started", provider: name, number });
    const startedAt = clock.now();
    const answer = await askAdapter(adapter, input, { clock, timeoutMs, signal, deadline });
    signal.throwIfAborted();
    // A clock may be set back while the call runs.
    const durationMs = Math.max(0, clock.now() - startedAt);
    const record = toAttempt(answer, { provider: name, number, durationMs });
    if (!answer.ok) {
      const { kind, retryAfterMs, cause } = answer.error;
      if (kind === "rate_limited" && retryAfterMs !== undefined) cooldown.start(retryAfterMs);
      await observe({ type: "attempt_failed", attempt: record }, cause);
    }
    return { answer, record };
  }

  return {
    name,
    health: () => ({ name, circuit: "closed", cooldownMs: cooldown.leftMs() }),
    async run(input, options) {
      const retryAfterMs = cooldown.leftMs();
      if (retryAfterMs > 0) {
        const reason = "cooling_down";
        await options.observe({ type: "provider_skipped", provider: name, reason, retryAfterMs });
        return undefined;
      }
      const first = await attempt(input, options);
      if (!isWorthReAsking(first.answer) || options.deadline.aborted) return toSuccess(first);
      const { reply, problem } = first.answer;
      return toSuccess(await attempt(withProblem(input, reply, problem), options));
    },
  };
}

function isWorthReAsking(answer: Answer): answer is Extract<Answer, { ok: false }> {
  return !answer.ok && answer.error.kind === "invalid_output";
}

function toAttempt(answer: Answer, call: Pick<Attempt, "provider" | "number" | "durationMs">): Attempt {
  const counted = { ...call, ...(answer.tokenUsage && { tokenUsage: answer.tokenUsage }) };
  if (answer.ok) return { ...counted, outcome: "succeeded" };
  const { kind: errorKind, message, retryAfterMs } = answer.error;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { ...counted, outcome: "failed", errorKind, message, ...wait };
}

function toSuccess({ answer, record }: { answer: Answer; record: Attempt }): ChainSuccess | undefined {
  if (!answer.ok) return undefined;
  return { content: answer.content, model: answer.model, attempt: record };
}
