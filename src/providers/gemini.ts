import { createGoogleGenerativeAI } from "@ai-sdk/google";
import type { ProviderAdapter } from "../core/ports.ts";
import { createAiSdkProvider } from "./ai-sdk-provider.ts";
import { readGeminiErrorDetails } from "./gemini-error-details.ts";
import { requireSetting } from "./provider-settings.ts";
import type { ProviderSettings, VendorDeps } from "./provider-settings.ts";

/** The small stable model of its family; Google retires a model about a year after its release. */
const DEFAULT_MODEL = "gemini-3.5-flash-lite";
const BASE_URL = "https://generativelanguage.googleapis.com/v1beta";

/**
 * Google's Gemini API.
 * @throws {InvalidArgumentError} without an API key.
 */
export function createGeminiProvider(
  settings: ProviderSettings,
  { fetch, clock }: VendorDeps,
): ProviderAdapter {
  const apiKey = requireSetting(settings, "apiKey");
  const google = createGoogleGenerativeAI({ apiKey, baseURL: settings.baseUrl ?? BASE_URL, fetch });
  const model = google(settings.model ?? DEFAULT_MODEL);
  return createAiSdkProvider({ name: "gemini", model, clock, readErrorDetails: readGeminiErrorDetails });
}
