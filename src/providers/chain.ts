import type { ChainOptions, ChainSuccess, Clock, PromptInput, ProviderChain } from "../core/ports.ts";
import { createGuardedProvider } from "./guarded-provider.ts";
import type { GuardedProvider, ProviderSetup } from "./guarded-provider.ts";
import { createPrompt, PROMPT_VERSION } from "./prompt.ts";
import { sleepUntil } from "./sleep-until.ts";

interface ProviderChainOptions {
  /** In the order in which they are tried. */
  readonly providers: readonly ProviderSetup[];
  readonly clock: Clock;
  /** Longest that one report waits, in all, for providers that asked to be left alone. */
  readonly maxCooldownWaitMs: number;
  /** Most rounds in which one report asks a provider. */
  readonly maxRounds: number;
}

/**
 * Tries providers one after another until one writes a valid report. When none has, those that asked to be left alone
 * are asked again once the earliest of them may be, if that is soon enough.
 */
export function createProviderChain(chainOptions: ProviderChainOptions): ProviderChain {
  const { providers, clock, maxCooldownWaitMs, maxRounds } = chainOptions;
  const guarded = providers.map((setup) => createGuardedProvider({ ...setup, clock }));

  async function runRound(
    candidates: readonly GuardedProvider[],
    input: PromptInput,
    options: ChainOptions,
    numbers: Map<string, number>,
  ): Promise<ChainSuccess | undefined> {
    const { observe, signal, deadline } = options;
    for (const provider of candidates) {
      const { name } = provider;
      if (deadline.aborted) {
        await observe({ type: "provider_skipped", provider: name, reason: "deadline" });
      } else {
        const nextNumber = (): number => count(numbers, name);
        const success = await provider.run(input, { observe, signal, deadline, nextNumber });
        if (success !== undefined) return success;
      }
      signal.throwIfAborted();
    }
    return undefined;
  }

  return {
    promptVersion: PROMPT_VERSION,
    async run(request, options) {
      options.signal.throwIfAborted();
      const input = createPrompt(request);
      const numbers = new Map(options.attemptsBefore);
      let candidates: readonly GuardedProvider[] = guarded;
      let leftMs = maxCooldownWaitMs;
      for (let round = 1; ; round += 1) {
        const success = await runRound(candidates, input, options, numbers);
        if (success !== undefined) return success;
        candidates = candidates.filter((provider) => provider.health().cooldownMs > 0);
        const waitMs = Math.min(...candidates.map((provider) => provider.health().cooldownMs));
        if (waitMs > leftMs || round === maxRounds || options.deadline.aborted) return undefined;
        leftMs -= waitMs;
        await sleepUntil(clock, waitMs, [options.signal, options.deadline]);
        options.signal.throwIfAborted();
      }
    },
    health: () => guarded.map((provider) => provider.health()),
    // Nothing is held between runs: a call's timer and listeners end with it.
    close: () => Promise.resolve(),
  };
}

function count(numbers: Map<string, number>, name: string): number {
  const number = (numbers.get(name) ?? 0) + 1;
  numbers.set(name, number);
  return number;
}
