import { createOpenAI } from "@ai-sdk/openai";
import type { ProviderAdapter } from "../core/ports.ts";
import { createAiSdkProvider } from "./ai-sdk-provider.ts";
import { readOpenAiErrorDetails } from "./openai-error-details.ts";
import { requireSetting } from "./provider-settings.ts";
import type { ProviderSettings, VendorDeps } from "./provider-settings.ts";

/** The small model of its family, made for many cheap calls. */
const DEFAULT_MODEL = "gpt-5.6-luna";
/** Given always, since the SDK would else read `OPENAI_BASE_URL` by itself. */
const BASE_URL = "https://api.openai.com/v1";

/**
 * OpenAI, through chat completions with a strict JSON Schema: unlike the responses API, gateways and proxies that take
 * OpenAI's place all speak it.
 * @throws {InvalidArgumentError} without an API key.
 */
export function createOpenAiProvider(
  settings: ProviderSettings,
  { fetch, clock }: VendorDeps,
): ProviderAdapter {
  const apiKey = requireSetting(settings, "apiKey");
  const openai = createOpenAI({ apiKey, baseURL: settings.baseUrl ?? BASE_URL, fetch });
  const model = openai.chat(settings.model ?? DEFAULT_MODEL);
  return createAiSdkProvider({ name: "openai", model, clock, readErrorDetails: readOpenAiErrorDetails });
}
