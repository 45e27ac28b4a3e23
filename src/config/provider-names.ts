/** The providers that stepper knows, in the order in which they are tried by default. */
export const PROVIDER_NAMES = [
  "hf-space",
  "gemini",
  "cohere",
  "openai",
  "anthropic",
  "openai-compatible",
] as const;

/** A provider that the environment can switch on. */
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** `openai-compatible` → `OPENAI_COMPATIBLE`: the start of the provider's variables. */
export function toVariablePrefix(name: ProviderName): string {
  return name.toUpperCase().replaceAll("-", "_");
}
