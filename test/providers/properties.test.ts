import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ChainEvent } from "../../src/core/ports.ts";
import { chaos, unleash } from "./chaos.ts";
import type { Chaos, SeenCall, SeenRun } from "./chaos.ts";

const RUNS = 200;
const RETRYABLE = new Set(["rate_limited", "timeout", "unavailable"]);

it(
  "whatever providers and callers do, a run ends, is told in order, and keeps every limit",
  () =>
    fc.assert(
      fc.asyncProperty(chaos, async (given) => {
        const seen = await unleash(given);
        for (const run of seen.runs) {
          expect(run.end).toMatchObject({
            how: expect.not.stringMatching("broken") as unknown,
            callsLeft: 0,
          });
          given.providers.forEach((_, index) => checkLog(run, `provider-${index}`, given));
        }
        given.providers.forEach((provider, index) => {
          const calls = seen.calls.filter((call) => call.provider === `provider-${index}`);
          checkLimits(calls, provider);
        });
        expect(seen.sleepersLeft).toBe(0);
        checkMeasures(seen);
      }),
      { numRuns: RUNS },
    ),
  60_000,
);

/** What one run told of one provider. */
function checkLog({ events, end }: SeenRun, provider: string, { maxAttempts }: Chaos): void {
  let [number, isOpen] = [0, false];
  const kinds: (string | undefined)[] = [];
  for (const event of events.filter((one) => providerOf(one) === provider)) {
    if (event.type === "attempt_failed") {
      expect([isOpen, event.attempt.number]).toEqual([true, number]);
      isOpen = false;
      // A call that was overtaken has not failed, and is the provider's last.
      if (event.attempt.errorKind !== "overtaken") kinds.push(event.attempt.errorKind);
      continue;
    }
    expect(isOpen).toBe(false);
    if (event.type === "provider_skipped") continue;
    expect(event.number).toBe(number + 1);
    [number, isOpen] = [event.number, true];
  }
  // What is open at the end has given the report, or was given up with the run.
  const isWriter = end?.success?.attempt.provider === provider;
  if (isWriter) expect([isOpen, end.success.attempt.number]).toEqual([true, number]);
  else if (end?.how !== "given up") expect(isOpen).toBe(false);

  const retried = kinds.filter((kind) => RETRYABLE.has(String(kind))).length;
  expect(retried).toBeLessThanOrEqual(maxAttempts);
  // Once, and asked for again once; or a failure for good.
  expect(kinds.length - retried).toBeLessThanOrEqual(2);
  expect(number).toBeLessThanOrEqual(maxAttempts + 2);
}

function providerOf(event: ChainEvent): string {
  return event.type === "attempt_failed" ? event.attempt.provider : event.provider;
}

/** What was counted: every call once, as its run's log tells it. */
function checkMeasures({ runs, measures }: Awaited<ReturnType<typeof unleash>>): void {
  const events = runs.flatMap((run) => run.events);
  expect(measures).toHaveLength(events.filter(({ type }) => type === "attempt_started").length);
  const failed = events.filter(
    (event) => event.type === "attempt_failed" && event.attempt.errorKind !== "overtaken",
  );
  expect(measures.filter(({ outcome }) => outcome === "failed")).toHaveLength(failed.length);
}

/** What one provider saw of all runs. */
function checkLimits(calls: readonly SeenCall[], limits: Chaos["providers"][number]): void {
  const { concurrency, perSecond } = limits;
  for (const { atOnce } of calls) expect(atOnce).toBeLessThanOrEqual(concurrency);
  if (perSecond === undefined) return;
  const starts = calls.map(({ startedAtMs }) => startedAtMs);
  starts.slice(perSecond).forEach((startMs, index) => {
    // The one that is too many for the window which the first opens.
    expect(startMs - (starts[index] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
}
