import type { Attempt } from "../core/job.ts";
import type { ChainSuccess, Clock, PromptInput, ProviderAdapter } from "../core/ports.ts";
import { Overtaken } from "./ask-in-turn.ts";
import { askAdapter } from "./ask-adapter.ts";
import type { Answer } from "./ask-adapter.ts";
import { endAttemptSpan, startAttemptSpan } from "./attempt-span.ts";
import type { AttemptMeasure } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { ProviderRunOptions } from "./guarded-provider.ts";

/** One call as it went. */
export interface AttemptOutcome {
  readonly answer: Answer;
  readonly record: Attempt;
}

interface AttemptOptions {
  readonly adapter: ProviderAdapter;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly tracing: Tracing;
  /** Told once of each call, also of one that was given up. */
  readonly onEnd: (measure: AttemptMeasure) => void;
}

/**
 * Makes one call: numbered, observed, and timed.
 * @throws the reason of `options.signal`, once aborted.
 */
export async function makeAttempt(
  { adapter, clock, timeoutMs, tracing, onEnd }: AttemptOptions,
  input: PromptInput,
  options: ProviderRunOptions,
): Promise<AttemptOutcome> {
  const { observe, signal, deadline } = options;
  signal.throwIfAborted();
  const provider = adapter.name;
  const number = options.nextNumber();
  await observe({ type: "attempt_started", provider, number });
  const startedAtMs = clock.monotonicMs();
  const span = startAttemptSpan(tracing, adapter, { number, parent: options.traceparent });
  const answer = await askAdapter(adapter, input, { clock, timeoutMs, signal, deadline });
  endAttemptSpan(span, answer, signal.aborted);
  const durationMs = Math.round(clock.monotonicMs() - startedAtMs);
  if (signal.aborted) {
    onEnd({ provider, outcome: "aborted", durationMs });
    // Whatever else ends a call also ends its job, or the run, which its log tells.
    if (signal.reason instanceof Overtaken) {
      const { message } = signal.reason;
      const attempt = {
        provider,
        number,
        outcome: "failed",
        errorKind: "overtaken",
        message,
        durationMs,
      } as const;
      await observe({ type: "attempt_failed", attempt });
    }
    throw signal.reason;
  }
  const record = toAttempt(answer, { provider, number, durationMs });
  onEnd(record);
  if (!answer.ok) await observe({ type: "attempt_failed", attempt: record }, answer.error.cause);
  return { answer, record };
}

function toAttempt(answer: Answer, call: Pick<Attempt, "provider" | "number" | "durationMs">): Attempt {
  const counted = { ...call, ...(answer.tokenUsage && { tokenUsage: answer.tokenUsage }) };
  if (answer.ok) return { ...counted, outcome: "succeeded" };
  const { kind: errorKind, message, retryAfterMs } = answer.error;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { ...counted, outcome: "failed", errorKind, message, ...wait };
}

/** The report of a call that gave one. */
export function toSuccess({ answer, record }: AttemptOutcome): ChainSuccess | undefined {
  if (!answer.ok) return undefined;
  return { content: answer.content, model: answer.model, attempt: record };
}
