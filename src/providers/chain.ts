import type { ChainOptions, Clock, Pacer, ProviderChain } from "../core/ports.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { askInTurn } from "./ask-in-turn.ts";
import { createGuardedProvider, msUntilDeadline } from "./guarded-provider.ts";
import type {
  GuardedProvider,
  GuardSettings,
  ProviderNews,
  ProviderSetup,
  Tries,
} from "./guarded-provider.ts";
import { createPrompt, PROMPT_VERSION } from "./prompt.ts";
import { sleepUntil } from "./sleep-until.ts";

interface ProviderChainOptions extends GuardSettings {
  /** In the order in which they are tried. */
  readonly providers: readonly ProviderSetup[];
  readonly clock: Clock;
  readonly pacer: Pacer;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly tracing: Tracing;
  readonly news: ProviderNews;
  /** Longest that one report waits, in all, for providers that asked to be left alone. */
  readonly maxCooldownWaitMs: number;
  /** When the first provider has not answered after so long, the second is asked too. Undefined: never. */
  readonly hedgeAfterMs?: number | undefined;
}

/** What one run of the chain knows of a provider. */
interface Candidate {
  readonly provider: GuardedProvider;
  readonly tries: Tries;
  readonly nextNumber: () => number;
}

/**
 * Tries providers one after another until one writes a valid report. When none has, those that asked to be left alone
 * are asked again once the earliest of them may be, if that is soon enough.
 */
export function createProviderChain(chainOptions: ProviderChainOptions): ProviderChain {
  const { providers, clock, pacer, maxAttempts, maxCooldownWaitMs, hedgeAfterMs } = chainOptions;
  const guarded = providers.map((setup) => createGuardedProvider({ ...chainOptions, ...setup }));

  return {
    promptVersion: PROMPT_VERSION,
    async run(request, options) {
      options.signal.throwIfAborted();
      const input = createPrompt(request);
      let candidates = guarded.map((provider) => toCandidate(provider, options));
      let leftMs = maxCooldownWaitMs;
      for (;;) {
        const success = await askInTurn(
          candidates,
          ({ provider, tries, nextNumber }, signal) =>
            provider.run(input, { ...options, signal, tries, nextNumber }),
          { clock, hedgeAfterMs, signal: options.signal },
        );
        if (success !== undefined || options.deadline.aborted) return success;
        // A rest may have ended while others were asked.
        candidates = candidates.filter(({ tries }) => tries.isResting && tries.failed < maxAttempts);
        const waits = await Promise.all(candidates.map(({ provider }) => pacer.cooldownMs(provider.name)));
        // Infinity when nobody rests.
        const waitMs = Math.min(...waits);
        if (waitMs > Math.min(leftMs, msUntilDeadline(clock, options))) return undefined;
        leftMs -= waitMs;
        await sleepUntil(clock, waitMs, [options.signal, options.deadline]);
        options.signal.throwIfAborted();
      }
    },
    health: () => Promise.all(guarded.map((provider) => provider.health())),
    close: () => {
      for (const provider of guarded) provider.close();
      return Promise.resolve();
    },
  };
}

function toCandidate(provider: GuardedProvider, { attemptsBefore }: ChainOptions): Candidate {
  let number = attemptsBefore?.get(provider.name) ?? 0;
  const tries = { failed: 0, reAsked: false, rests: 0, isResting: false };
  return { provider, tries, nextNumber: () => (number += 1) };
}
