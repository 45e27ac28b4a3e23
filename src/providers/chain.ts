import type { Clock, ProviderChain } from "../core/ports.ts";
import { createGuardedProvider } from "./guarded-provider.ts";
import type { ProviderSetup } from "./guarded-provider.ts";
import { createPrompt, PROMPT_VERSION } from "./prompt.ts";

interface ProviderChainOptions {
  /** In the order in which they are tried. */
  readonly providers: readonly ProviderSetup[];
  readonly clock: Clock;
}

/** Tries providers one after another until one writes a valid report. */
export function createProviderChain({ providers, clock }: ProviderChainOptions): ProviderChain {
  const guarded = providers.map((setup) => createGuardedProvider({ ...setup, clock }));
  return {
    promptVersion: PROMPT_VERSION,
    async run(request, options) {
      const { observe, signal, deadline } = options;
      signal.throwIfAborted();
      const input = createPrompt(request);
      for (const provider of guarded) {
        if (deadline.aborted) {
          await observe({ type: "provider_skipped", provider: provider.name, reason: "deadline" });
        } else {
          const success = await provider.run(input, options);
          if (success !== undefined) return success;
        }
        signal.throwIfAborted();
      }
      return undefined;
    },
    health: () => guarded.map((provider) => provider.health()),
    // Nothing is held between runs: a call's timer and listeners end with it.
    close: () => Promise.resolve(),
  };
}
