import { createAnthropic } from "@ai-sdk/anthropic";
import type { ProviderAdapter } from "../core/ports.ts";
import { createAiSdkProvider } from "./ai-sdk-provider.ts";
import { requireSetting } from "./provider-settings.ts";
import type { ProviderSettings, VendorDeps } from "./provider-settings.ts";

/** The small model of its family, made for many cheap calls. */
const DEFAULT_MODEL = "claude-haiku-5-5";
/** Given always, since the SDK would else read `ANTHROPIC_BASE_URL` by itself. */
const BASE_URL = "https://api.anthropic.com/v1";
/** The API must be told. A report takes some 2,000; the rest is for a model that thinks first. */
const MAX_OUTPUT_TOKENS = 16_000;

/**
 * Anthropic, through the Messages API.
 * @throws {InvalidArgumentError} without an API key.
 */
export function createAnthropicProvider(
  settings: ProviderSettings,
  { fetch, clock }: VendorDeps,
): ProviderAdapter {
  const apiKey = requireSetting(settings, "apiKey");
  const anthropic = createAnthropic({ apiKey, baseURL: settings.baseUrl ?? BASE_URL, fetch });
  const model = anthropic(settings.model ?? DEFAULT_MODEL);
  return createAiSdkProvider({ name: "anthropic", model, clock, maxOutputTokens: MAX_OUTPUT_TOKENS });
}
