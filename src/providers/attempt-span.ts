import type { ProviderAdapter } from "../core/ports.ts";
import type { Span, Tracing } from "../telemetry/tracing.ts";
import type { Answer } from "./ask-adapter.ts";

/** Providers for which OpenTelemetry has a name of its own; the others go by ours. */
const KNOWN_NAMES: Readonly<Record<string, string>> = { gemini: "gcp.gemini" };

interface AttemptSpanStart {
  readonly number: number;
  readonly parent: string | undefined;
}

/**
 * Begins the span of one call to a provider, by the conventions for generative AI. No prompt and no reply is told.
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/
 */
export function startAttemptSpan(
  tracing: Tracing,
  { name, model }: ProviderAdapter,
  { number, parent }: AttemptSpanStart,
): Span {
  return tracing.start(model === undefined ? "chat" : `chat ${model}`, {
    kind: "client",
    parent,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": KNOWN_NAMES[name] ?? name,
      "gen_ai.request.model": model,
      "gen_ai.output.type": "json",
      "stepper.attempt.number": number,
    },
  });
}

/** Ends it with what the call brought. One that was given up has failed for no fault of the provider. */
export function endAttemptSpan(span: Span, answer: Answer, isGivenUp: boolean): void {
  span.end({
    errorType: isGivenUp ? "given_up" : answer.ok ? undefined : answer.error.kind,
    attributes: {
      "gen_ai.response.model": answer.ok ? answer.model : undefined,
      "gen_ai.usage.input_tokens": answer.tokenUsage?.inputTokens,
      "gen_ai.usage.output_tokens": answer.tokenUsage?.outputTokens,
    },
  });
}
