import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { createBreaker } from "../../src/providers/breaker.ts";
import type { Verdict } from "../../src/providers/breaker.ts";

const RESET_MS = 1_000;

/** A call begins, one of those that run ends, or time passes. */
type Step =
  { readonly does: "begin" } | { readonly ends: number; readonly verdict: Verdict } | { readonly ms: number };

const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.constant({ does: "begin" as const }),
  fc.record({ ends: fc.nat(20), verdict: fc.constantFrom<Verdict>("healthy", "failing", "nothing") }),
  fc.record({ ms: fc.constantFrom(1, RESET_MS / 2, RESET_MS, RESET_MS * 5) }),
);

/** Two calls that go on while three fail: enough to open the circuit, which then waits for a probe. */
const opening: readonly Step[] = [
  ...Array.from({ length: 5 }, () => ({ does: "begin" as const })),
  ...Array.from({ length: 3 }, () => ({ ends: 2, verdict: "failing" as const })),
  { ms: RESET_MS },
];

interface Call {
  readonly isProbe: boolean;
  readonly end: (verdict: Verdict) => void;
  readonly ended: Promise<unknown>;
}

// opossum keeps time by itself.
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it("whenever calls begin and end, only a probe's end moves a circuit that is half-open, and there is one at a time", () =>
  fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), play), { numRuns: 300 }));

async function play(steps: readonly Step[]): Promise<void> {
  const breaker = createBreaker({
    errorPercent: 50,
    minCalls: 3,
    windowMs: RESET_MS * 4,
    resetMs: RESET_MS,
    onChange: () => undefined,
  });
  const running: Call[] = [];

  function begin(): void {
    const before = breaker.circuit();
    let end: Call["end"] | undefined;
    const call = () => new Promise<Verdict>((resolve) => (end = resolve));
    const ended = breaker.run(call, (verdict) => verdict);
    const isProbing = running.some(({ isProbe }) => isProbe);
    expect(end !== undefined).toBe(before === "closed" || (before === "half-open" && !isProbing));
    if (end !== undefined) running.push({ isProbe: before === "half-open", end, ended });
  }

  async function finish(index: number, verdict: Verdict): Promise<void> {
    const [call] = running.splice(index % Math.max(1, running.length), 1);
    if (call === undefined) return;
    const before = breaker.circuit();
    call.end(verdict);
    await call.ended;
    const after = breaker.circuit();
    if (call.isProbe) expect(after).toBe(verdict === "healthy" ? "closed" : "open");
    else if (before !== "closed" || verdict !== "failing") expect(after).toBe(before);
  }

  try {
    for (const one of [...opening, ...steps]) {
      if ("does" in one) begin();
      else if ("ends" in one) await finish(one.ends, one.verdict);
      else await jest.advanceTimersByTimeAsync(one.ms);
    }
  } finally {
    breaker.close();
  }
}
