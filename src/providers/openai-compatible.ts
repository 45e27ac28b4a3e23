import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { ProviderAdapter } from "../core/ports.ts";
import { createAiSdkProvider } from "./ai-sdk-provider.ts";
import { requireSetting } from "./provider-settings.ts";
import type { ProviderSettings, VendorDeps } from "./provider-settings.ts";

/**
 * Whatever speaks OpenAI's chat completions at the given URL: Ollama, vLLM, llama.cpp, Groq, OpenRouter. It asks for
 * a JSON object without a schema, which all of them take; the prompt describes the shape. The key is optional.
 * @throws {InvalidArgumentError} without a URL or a model.
 */
export function createOpenAiCompatibleProvider(
  settings: ProviderSettings,
  { fetch, clock }: VendorDeps,
): ProviderAdapter {
  const name = "openai-compatible";
  const baseURL = settings.baseUrl ?? requireSetting(settings, "url");
  const key = settings.apiKey === undefined ? {} : { apiKey: settings.apiKey };
  const compatible = createOpenAICompatible({ name, baseURL, ...key, fetch });
  return createAiSdkProvider({ name, model: compatible(requireSetting(settings, "model")), clock });
}
