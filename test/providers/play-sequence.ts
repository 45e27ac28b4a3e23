import { jest } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { ProviderErrorKind } from "../../src/core/errors.ts";
import { createLocalPacer } from "../../src/core/local-pacer.ts";
import type { ChainEvent, ProviderChain } from "../../src/core/ports.ts";
import { systemClock } from "../../src/core/system-clock.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import { summarize, testGuards } from "./run-chain.ts";
import { createRequest } from "./sample-request.ts";
import { createScriptedAdapter, hangs, succeeds, throws, writes } from "./scripted-adapter.ts";
import type { Step } from "./scripted-adapter.ts";

export const NAMES = ["one", "two", "three"] as const;
const TIMEOUT_MS = 5_000;
/** How long a circuit stays open. */
export const RESET_MS = 30_000;
/** Longer than any sequence lasts. */
const AGES_MS = 3_600_000;

/** Steps in words, such as `unavailable, rate_limited 20, nonsense, hang, ok`; the number is a Retry-After in seconds. */
function toSteps(script: string): readonly Step[] {
  return script.split(", ").map((text) => {
    const [word = "", seconds] = text.split(" ");
    const steps = new Map([
      ["ok", succeeds],
      ["hang", hangs],
      ["nonsense", writes("no report")],
    ]);
    const retryAfterMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
    return steps.get(word) ?? throws(new ProviderError(word as ProviderErrorKind, "no", { retryAfterMs }));
  });
}

/** What providers do, and what a report makes of it. */
export interface Sequence {
  /** What the providers do on one call after another. */
  readonly scripts: readonly string[];
  /** Reports that were asked for before, one after another; the last one is looked at. Default: none. */
  readonly earlier?: number;
  /** How long after those it is asked for. */
  readonly restMs?: number;
  readonly deadlineMs?: number;
  /** Failing calls that open a circuit. */
  readonly minCalls?: number;
  /** What happened and when, in milliseconds from the report's start. */
  readonly events: readonly string[];
  readonly outcome: string;
}

/** Plays a sequence in jest's fake time, which the circuits live in too: they keep time by themselves. */
export async function playSequence({
  scripts,
  earlier = 0,
  restMs = 0,
  deadlineMs = AGES_MS,
  minCalls = 100,
}: Sequence) {
  const adapters = scripts.map((script, index) =>
    createScriptedAdapter(NAMES[index] ?? "", ...toSteps(script)),
  );
  const chain = createProviderChain({
    ...testGuards,
    providers: adapters.map((adapter) => ({ adapter, timeoutMs: TIMEOUT_MS })),
    clock: systemClock,
    pacer: createLocalPacer(systemClock),
    maxAttempts: 3,
    breaker: { errorPercent: 50, minCalls, windowMs: 60_000, resetMs: RESET_MS },
  });
  for (let report = 0; report < earlier; report += 1) await runReport(chain, AGES_MS);
  await jest.advanceTimersByTimeAsync(restMs);
  const played = await runReport(chain, deadlineMs);
  await chain.close();
  return played;
}

/** Asks for one report, and lets as much time pass as it takes. */
async function runReport(chain: ProviderChain, deadlineMs: number) {
  const startedAtMs = Date.now();
  const after = (text: string): string => `${Date.now() - startedAtMs} ${text}`;
  const events: string[] = [];
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  let outcome: string | undefined;
  const running = chain
    .run(createRequest(), {
      observe: (event) => {
        events.push(after(toWords(event)));
        return Promise.resolve();
      },
      signal: new AbortController().signal,
      deadline: deadline.signal,
    })
    .then((success) => {
      outcome = after(
        success ? `report of ${success.attempt.provider}#${success.attempt.number}` : "fallback",
      );
    });
  await jest.advanceTimersByTimeAsync(0);
  while (outcome === undefined) {
    if (Date.now() - startedAtMs > AGES_MS) throw new Error("the report does not end");
    await jest.advanceTimersToNextTimerAsync();
  }
  clearTimeout(timer);
  await running;
  return { events, outcome };
}

function toWords(event: ChainEvent): string {
  const words = summarize([event]).join("");
  const isTimed = event.type === "provider_skipped" && event.retryAfterMs !== undefined;
  return isTimed ? `${words} ${event.retryAfterMs}` : words;
}
