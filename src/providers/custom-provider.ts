import type { ProviderAdapter } from "../core/ports.ts";

/**
 * A provider of the program that embeds the library. What it is asked is its own, to change at will: the request goes on
 * to other providers and to the fallback, and the schema to everybody.
 */
export function createCustomProvider(provider: ProviderAdapter): ProviderAdapter {
  const { name, model } = provider;
  return {
    name,
    ...(model !== undefined && { model }),
    call: (input, context) => provider.call(structuredClone(input), context),
  };
}
