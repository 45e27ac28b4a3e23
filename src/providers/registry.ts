import type { ProviderAdapter } from "../core/ports.ts";
import { createAnthropicProvider } from "./anthropic.ts";
import { createCohereProvider } from "./cohere.ts";
import { createGeminiProvider } from "./gemini.ts";
import type { ProviderSetup } from "./guarded-provider.ts";
import { createHfSpaceProvider } from "./hf-space.ts";
import { createOpenAiCompatibleProvider } from "./openai-compatible.ts";
import { createOpenAiProvider } from "./openai.ts";
import type { ProviderName, ProviderSettings, VendorDeps } from "./provider-settings.ts";

const VENDORS = {
  "hf-space": createHfSpaceProvider,
  gemini: createGeminiProvider,
  cohere: createCohereProvider,
  openai: createOpenAiProvider,
  anthropic: createAnthropicProvider,
  "openai-compatible": createOpenAiCompatibleProvider,
} satisfies Record<ProviderName, (settings: ProviderSettings, deps: VendorDeps) => ProviderAdapter>;

const DEFAULT_CONCURRENCY = 2;

/**
 * The providers of the settings, in their order.
 * @throws {InvalidArgumentError} when one lacks what its vendor needs.
 */
export function createProviders(
  settings: readonly ProviderSettings[],
  deps: VendorDeps,
): readonly ProviderSetup[] {
  return settings.map((one) => ({
    adapter: VENDORS[one.name](one, deps),
    ...(one.timeoutMs !== undefined && { timeoutMs: one.timeoutMs }),
    concurrency: one.concurrency ?? DEFAULT_CONCURRENCY,
    perSecond: one.perSecond,
  }));
}
