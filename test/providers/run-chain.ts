import type { ChainEvent, ChainOptions, Pacer } from "../../src/core/ports.ts";
import { createLocalPacer } from "../../src/core/local-pacer.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import type { ProviderNews, ProviderSetup } from "../../src/providers/guarded-provider.ts";
import { noTracing } from "../../src/telemetry/tracing.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createRequest } from "./sample-request.ts";
import type { ScriptedAdapter } from "./scripted-adapter.ts";

export const MAX_COOLDOWN_WAIT_MS = 60_000;

const noNews: ProviderNews = {
  onCircuit: () => undefined,
  onKeyRefused: () => undefined,
  onAttempt: () => undefined,
};

/** Guards that keep out of the way of tests that are not about them. */
export const testGuards = {
  tracing: noTracing,
  random: () => 0.5,
  backoff: { baseMs: 500, maxMs: 10_000 },
  maxAttempts: 1,
  maxCooldownWaitMs: MAX_COOLDOWN_WAIT_MS,
  breaker: { errorPercent: 100, minCalls: 1_000, windowMs: 60_000, resetMs: 30_000 },
  news: noNews,
};

/** Runs a chain of adapters, and keeps what is needed to stop it and to see what it did. */
export function runChain(adapters: readonly ScriptedAdapter[], changes: RunChanges = {}) {
  const {
    timeoutMs,
    maxAttempts = 1,
    hedgeAfterMs,
    concurrency,
    cooldownMs,
    leftMs,
    guards,
    ...rest
  } = changes;
  const clock = createManualClock();
  const events: ChainEvent[] = [];
  const [caller, deadline] = [new AbortController(), new AbortController()];
  const limit = { ...(timeoutMs !== undefined && { timeoutMs }), ...(concurrency && { concurrency }) };
  const options = leftMs === undefined ? rest : { ...rest, deadlineAtMs: clock.monotonicMs() + leftMs };
  const pacer = createLocalPacer(clock);
  const providers = adapters.map((adapter): ProviderSetup => ({ adapter, ...limit }));
  const chain = createProviderChain({
    providers,
    clock,
    ...testGuards,
    ...guards,
    pacer: { ...pacer, ...(cooldownMs !== undefined && { cooldownMs: toCooldown(cooldownMs) }) },
    maxAttempts,
    hedgeAfterMs,
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

/** With a number the first provider rests, whenever it is asked for; the others never do. */
const toCooldown =
  (given: number | Pacer["cooldownMs"]): Pacer["cooldownMs"] =>
  (provider) =>
    typeof given === "function" ? given(provider) : Promise.resolve(provider === "one" ? given : 0);

interface RunChanges extends Partial<ChainOptions> {
  readonly concurrency?: number;
  /** How long the provider `one` is to be left alone, whenever somebody asks; or what answers for every provider. */
  readonly cooldownMs?: number | Pacer["cooldownMs"];
  /** Time until the deadline, as the chain is told. */
  readonly leftMs?: number;
  readonly guards?: Partial<typeof testGuards>;
  readonly timeoutMs?: number;
  readonly maxAttempts?: number;
  readonly hedgeAfterMs?: number;
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
