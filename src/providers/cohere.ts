import { createCohere } from "@ai-sdk/cohere";
import type { ProviderAdapter } from "../core/ports.ts";
import { createAiSdkProvider } from "./ai-sdk-provider.ts";
import { requireSetting } from "./provider-settings.ts";
import type { ProviderSettings, VendorDeps } from "./provider-settings.ts";

/** The small model of its family, made for many cheap calls. */
const DEFAULT_MODEL = "command-r7b-12-2024";
const BASE_URL = "https://api.cohere.com/v2";

/**
 * Cohere, through chat v2 with a JSON Schema.
 * @throws {InvalidArgumentError} without an API key.
 */
export function createCohereProvider(
  settings: ProviderSettings,
  { fetch, clock }: VendorDeps,
): ProviderAdapter {
  const apiKey = requireSetting(settings, "apiKey");
  const cohere = createCohere({ apiKey, baseURL: settings.baseUrl ?? BASE_URL, fetch });
  return createAiSdkProvider({ name: "cohere", model: cohere(settings.model ?? DEFAULT_MODEL), clock });
}
