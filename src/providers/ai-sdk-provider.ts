import type { JSONSchema7, LanguageModelV3, LanguageModelV3GenerateResult } from "@ai-sdk/provider";
import type { Clock, PromptInput, ProviderAdapter, ReportOutput } from "../core/ports.ts";
import type { TokenUsage } from "../core/report.ts";
import { toProviderError } from "./ai-sdk-error.ts";
import type { VendorErrorDetails } from "./ai-sdk-error.ts";
import { brokenOffError, cutOffError, refusalError, unreadableError } from "./provider-error.ts";

interface AiSdkProviderOptions {
  readonly name: string;
  readonly model: LanguageModelV3;
  readonly clock: Pick<Clock, "now">;
  /** Most tokens of a reply, for vendors that must be told; else the model's own limit holds. */
  readonly maxOutputTokens?: number;
  /** Reads what the vendor's error body says beyond status and headers. */
  readonly readErrorDetails?: (data: unknown) => VendorErrorDetails;
}

/**
 * A provider through one model of an `@ai-sdk/*` package. It calls `doGenerate`, which is one request: retries, which
 * the SDK has one level higher, belong to the chain.
 */
export function createAiSdkProvider(options: AiSdkProviderOptions): ProviderAdapter {
  const { name, model } = options;
  return {
    name,
    model: model.modelId,
    async call(input, { signal }) {
      const result = await generate(input, signal, options);
      const tokenUsage = toTokenUsage(result.usage);
      requireFinished(name, result.finishReason, tokenUsage);
      return toReportOutput(name, model.modelId, result, tokenUsage);
    },
  };
}

async function generate(input: PromptInput, signal: AbortSignal, options: AiSdkProviderOptions) {
  const { name, model, clock, maxOutputTokens, readErrorDetails } = options;
  const limits = maxOutputTokens === undefined ? {} : { maxOutputTokens };
  try {
    return await model.doGenerate({ ...toCallOptions(input), ...limits, abortSignal: signal });
  } catch (error) {
    throw toProviderError(error, { provider: name, signal, nowMs: clock.now(), readErrorDetails });
  }
}

function toCallOptions({ system, prompt, schema }: PromptInput) {
  return {
    prompt: [
      { role: "system" as const, content: system },
      { role: "user" as const, content: [{ type: "text" as const, text: prompt }] },
    ],
    // The port knows a JSON Schema as a plain record, so that no vendor's type crosses it.
    responseFormat: { type: "json" as const, name: "report", schema: schema as JSONSchema7 },
  };
}

/** Throws unless the model came to its end. What it stopped for `other` reasons may still be whole: parsing tells. */
function requireFinished(
  provider: string,
  { unified, raw }: LanguageModelV3GenerateResult["finishReason"],
  tokenUsage: TokenUsage | undefined,
): void {
  // Cohere's ERROR_TOXIC is a refusal that the SDK has no word for.
  if (unified === "content-filter" || raw === "ERROR_TOXIC") throw refusalError(provider, tokenUsage);
  if (unified === "length") throw cutOffError(provider, tokenUsage);
  if (unified === "error") throw brokenOffError(provider, tokenUsage);
}

function toReportOutput(
  provider: string,
  modelId: string,
  { content, response }: LanguageModelV3GenerateResult,
  tokenUsage: TokenUsage | undefined,
): ReportOutput {
  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  // Gemini's answer counts as one even when it has nothing of what an answer has.
  if (text.trim() === "") throw unreadableError(provider, tokenUsage);
  return { content: text, model: response?.modelId ?? modelId, ...(tokenUsage && { tokenUsage }) };
}

function toTokenUsage({
  inputTokens,
  outputTokens,
}: LanguageModelV3GenerateResult["usage"]): TokenUsage | undefined {
  if (inputTokens.total === undefined || outputTokens.total === undefined) return undefined;
  return { inputTokens: inputTokens.total, outputTokens: outputTokens.total };
}
