import type { ChainEvent, ChainOptions } from "../../src/core/ports.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import type { ProviderSetup } from "../../src/providers/guarded-provider.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createRequest } from "./sample-request.ts";
import type { ScriptedAdapter } from "./scripted-adapter.ts";

export const MAX_COOLDOWN_WAIT_MS = 60_000;
export const MAX_ROUNDS = 3;

/** Runs a chain of adapters, and keeps what is needed to stop it and to see what it did. */
export function runChain(adapters: readonly ScriptedAdapter[], changes: RunChanges = {}) {
  const { timeoutMs, ...options } = changes;
  const clock = createManualClock();
  const events: ChainEvent[] = [];
  const [caller, deadline] = [new AbortController(), new AbortController()];
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  const providers = adapters.map((adapter): ProviderSetup => ({ adapter, ...limit }));
  const chain = createProviderChain({
    providers,
    clock,
    maxCooldownWaitMs: MAX_COOLDOWN_WAIT_MS,
    maxRounds: MAX_ROUNDS,
  });
  const result = chain.run(createRequest(), {
    observe: (event) => {
      events.push(event);
      return Promise.resolve();
    },
    signal: caller.signal,
    deadline: deadline.signal,
    ...options,
  });
  return { chain, clock, events, caller, deadline, result };
}

interface RunChanges extends Partial<ChainOptions> {
  readonly timeoutMs?: number;
}

/** Events in short, such as `openai#1 failed timeout`. */
export function summarize(events: readonly ChainEvent[]): string[] {
  return events.map((event) => {
    if (event.type === "attempt_started") return `${event.provider}#${event.number} started`;
    if (event.type === "provider_skipped") return `${event.provider} skipped ${event.reason}`;
    const { provider, number, outcome, errorKind } = event.attempt;
    return `${provider}#${number} ${outcome} ${String(errorKind)}`;
  });
}
