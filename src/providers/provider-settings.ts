import { InvalidArgumentError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";
import type { HttpClient } from "./http-client.ts";

/** The providers that stepper brings along. */
export type ProviderName = "hf-space" | "gemini" | "cohere" | "openai" | "anthropic" | "openai-compatible";

/** One enabled provider. */
export interface ProviderSettings {
  readonly name: ProviderName;
  /** Where `hf-space` and `openai-compatible` live, e.g. `http://localhost:11434/v1`; the others have their own. */
  readonly url?: string | undefined;
  /** Needed by all but `hf-space` and `openai-compatible`. */
  readonly apiKey?: string | undefined;
  /** The vendor's name of the model. Each vendor's file has a default; `openai-compatible` needs one. */
  readonly model?: string | undefined;
  /** Instead of the vendor's address, with its version path, e.g. `https://proxy.example/v1`. */
  readonly baseUrl?: string | undefined;
  /** Longest that one call may take. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Most calls at once in this process, 1–10,000. Default 2. */
  readonly concurrency?: number | undefined;
  /** Most calls a second, of all processes on one engine; above 0, at most 10,000. Default: no limit. */
  readonly perSecond?: number | undefined;
}

/** What a vendor's adapter needs from outside. */
export interface VendorDeps extends Pick<HttpClient, "fetch" | "post"> {
  readonly clock: Pick<Clock, "now">;
}

/**
 * A setting that a vendor can't do without.
 * @throws {InvalidArgumentError} when it is missing.
 */
export function requireSetting(settings: ProviderSettings, field: "apiKey" | "model" | "url"): string {
  const value = settings[field];
  if (value) return value;
  throw new InvalidArgumentError([
    { field: `providers.${settings.name}.${field}`, description: "is required" },
  ]);
}
