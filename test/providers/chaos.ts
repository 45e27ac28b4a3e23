import { once } from "node:events";
import fc from "fast-check";
import { ProviderError } from "../../src/core/errors.ts";
import type { ProviderErrorKind } from "../../src/core/errors.ts";
import { createLocalPacer } from "../../src/core/local-pacer.ts";
import type { ChainEvent, ChainSuccess, Clock, ProviderAdapter } from "../../src/core/ports.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import type { AttemptMeasure } from "../../src/telemetry/metrics.ts";
import { SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import { testGuards } from "./run-chain.ts";
import { createRequest } from "./sample-request.ts";

const KINDS: readonly ProviderErrorKind[] = [
  "rate_limited",
  "timeout",
  "unavailable",
  "auth",
  "rejected",
  "invalid_output",
];
/** Longer than any run may last. */
const AGES_MS = 3_600_000;

/** What a provider does on one call. */
interface Behaviour {
  readonly does: ProviderErrorKind | "succeeds" | "babbles" | "throws" | "hangs";
  /** How long it takes. */
  readonly afterMs: number;
  readonly retryAfterMs: number | undefined;
  /** Goes on when it is aborted, and answers nobody. */
  readonly isDeaf: boolean;
}

interface ChaoticProvider {
  /** Begins again after the last. */
  readonly behaviours: readonly Behaviour[];
  readonly concurrency: number;
  readonly perSecond: number | undefined;
  readonly timeoutMs: number;
}

/** One report that is asked for. */
interface ChaoticRun {
  readonly startMs: number;
  /** From its start. */
  readonly abortMs: number | undefined;
  readonly deadlineMs: number | undefined;
}

/** Providers that may do anything, callers who may go away at any time. */
export interface Chaos {
  readonly providers: readonly ChaoticProvider[];
  readonly runs: readonly ChaoticRun[];
  readonly maxAttempts: number;
  /** Failing calls that open a circuit, which then stays open: circuits live in real time. */
  readonly minCalls: number;
  readonly hedgeAfterMs: number | undefined;
}

const behaviour = fc.record<Behaviour>({
  does: fc.constantFrom("succeeds", "babbles", "throws", "hangs", ...KINDS),
  afterMs: fc.oneof(fc.constant(0), fc.nat(8_000)),
  retryAfterMs: fc.option(fc.nat(100_000), { nil: undefined }),
  isDeaf: fc.boolean(),
});

const provider = fc.record<ChaoticProvider>({
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 6 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  perSecond: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  timeoutMs: fc.integer({ min: 1, max: 6_000 }),
});

const run = fc.record<ChaoticRun>({
  startMs: fc.nat(3_000),
  abortMs: fc.option(fc.nat(90_000), { nil: undefined, freq: 3 }),
  deadlineMs: fc.option(fc.nat(120_000), { nil: undefined }),
});

export const chaos = fc.record<Chaos>({
  providers: fc.array(provider, { minLength: 1, maxLength: 3 }),
  runs: fc.array(run, { minLength: 1, maxLength: 8 }),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  minCalls: fc.constantFrom(3, 1_000),
  hedgeAfterMs: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }),
});

/** A call as the provider saw it. */
export interface SeenCall {
  readonly provider: string;
  readonly run: string;
  readonly startedAtMs: number;
  readonly signal: AbortSignal;
  isSettled: boolean;
  /** Calls to the provider that somebody waited for when this one began, itself among them. */
  readonly atOnce: number;
}

/** A run as its caller saw it. */
export interface SeenRun {
  readonly id: string;
  readonly events: readonly ChainEvent[];
  /** Undefined while it runs. */
  readonly end: RunEnd | undefined;
}

interface RunEnd {
  readonly how: "report" | "fallback" | "given up" | "broken";
  readonly success: ChainSuccess | undefined;
  /** Calls of the run that were neither over nor aborted when it ended. */
  readonly callsLeft: number;
  /** Events that it had told of by then. */
  readonly told: number;
}

/** Lets it all happen, and tells what was seen once nothing more happens. */
export async function unleash({ providers, runs, maxAttempts, minCalls, hedgeAfterMs }: Chaos) {
  const clock = createManualClock();
  const chainClock = countSleepers(clock);
  const calls: SeenCall[] = [];
  const measures: AttemptMeasure[] = [];
  const chain = createProviderChain({
    ...testGuards,
    providers: providers.map(({ concurrency, perSecond, timeoutMs, ...rest }, index) => ({
      adapter: createChaoticAdapter(`provider-${index}`, rest.behaviours, clock, calls),
      concurrency,
      perSecond,
      timeoutMs,
    })),
    clock: chainClock,
    pacer: createLocalPacer(clock),
    maxAttempts,
    hedgeAfterMs,
    news: { ...testGuards.news, onAttempt: (measure) => void measures.push(measure) },
    breaker: { ...testGuards.breaker, errorPercent: 50, minCalls },
  });

  const seen = runs.map((_, index) => ({
    id: `run-${index}`,
    events: [] as ChainEvent[],
    end: undefined as RunEnd | undefined,
  }));
  let sleepersLeft: number | undefined;
  const ended = Promise.all(
    runs.map(async ({ startMs, abortMs, deadlineMs }, index) => {
      const one = seen[index];
      if (one === undefined) return;
      const over = new AbortController();
      await clock.sleep(startMs, over.signal);
      const [caller, deadline] = [new AbortController(), new AbortController()];
      abortAfter(clock, abortMs, caller, over.signal);
      abortAfter(clock, deadlineMs, deadline, over.signal);
      const result = chain.run(createRequest({ commitSha: one.id }), {
        observe: (event) => Promise.resolve(void one.events.push(event)),
        signal: caller.signal,
        deadline: deadline.signal,
      });
      const end = await result.then(
        (success) => ({ how: success ? ("report" as const) : ("fallback" as const), success }),
        (reason: unknown) => ({
          how: reason === caller.signal.reason ? ("given up" as const) : ("broken" as const),
          success: undefined,
        }),
      );
      const left = calls.filter((call) => call.run === one.id && !call.isSettled && !call.signal.aborted);
      one.end = { ...end, callsLeft: left.length, told: one.events.length };
      over.abort();
    }),
  )
    .then(settle)
    .then(() => (sleepersLeft = chainClock.sleepers()));
  await settle();
  await clock.advance(AGES_MS);
  await settle();
  await chain.close();
  void ended;
  return {
    calls,
    runs: seen as readonly SeenRun[],
    measures: measures as readonly AttemptMeasure[],
    sleepersLeft,
  };
}

function abortAfter(clock: Clock, ms: number | undefined, target: AbortController, over: AbortSignal): void {
  if (ms === undefined) return;
  void clock.sleep(ms, over).then(() => {
    if (!over.aborted) target.abort(new Error("out of time"));
  });
}

/** The same clock, which knows who sleeps by way of it. */
function countSleepers(clock: Clock) {
  let sleepers = 0;
  return {
    now: () => clock.now(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: async (ms: number, signal: AbortSignal): Promise<void> => {
      sleepers += 1;
      await clock.sleep(ms, signal);
      sleepers -= 1;
    },
    sleepers: () => sleepers,
  };
}

function createChaoticAdapter(
  name: string,
  behaviours: readonly Behaviour[],
  clock: Clock,
  calls: SeenCall[],
): ProviderAdapter {
  const open = new Set<SeenCall>();
  let count = 0;
  return {
    name,
    async call({ request }, { signal }) {
      const now = behaviours[count++ % behaviours.length];
      const atOnce = [...open].filter((call) => !call.signal.aborted).length + 1;
      const call = {
        provider: name,
        run: request.commitSha,
        startedAtMs: clock.now(),
        signal,
        isSettled: false,
        atOnce,
      };
      calls.push(call);
      open.add(call);
      try {
        return await behave(now, clock, signal);
      } finally {
        call.isSettled = true;
        open.delete(call);
      }
    },
  };
}

async function behave(behaviour: Behaviour | undefined, clock: Clock, signal: AbortSignal) {
  const { does = "throws", afterMs = 0, retryAfterMs, isDeaf = false } = behaviour ?? {};
  const heard = isDeaf ? new AbortController().signal : signal;
  if (afterMs > 0) await clock.sleep(afterMs, heard);
  if (does === "hangs") await (isDeaf ? new Promise(() => undefined) : untilAborted(heard));
  heard.throwIfAborted();
  if (does === "succeeds") return { content: SAMPLE_REPORT_TEXT, model: "model-1" };
  if (does === "babbles") return { content: "no report" };
  if (does === "throws" || does === "hangs") throw new Error("chaos");
  throw new ProviderError(does, "no", { retryAfterMs });
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}
