import CircuitBreaker from "opossum";
import type { Circuit } from "../core/ports.ts";

/** When a circuit opens, and for how long. */
export interface BreakerSettings {
  /** Share of failed calls in the window that opens it, 1–100. */
  readonly errorPercent: number;
  /** Fewest calls in the window before it may open. */
  readonly minCalls: number;
  readonly windowMs: number;
  /** How long it stays open before a probe. */
  readonly resetMs: number;
}

interface BreakerOptions extends BreakerSettings {
  readonly onChange: (circuit: Circuit) => void;
}

/** What a call says about the provider's health. `nothing`: it was given up before there was an answer. */
export type Verdict = "healthy" | "failing" | "nothing";

/**
 * Stops calls to a provider that fails.
 *
 *   closed ──(too many of the window's calls fail)──► open ──(reset time)──► half-open
 *      ▲                                                ▲                        │
 *      └────────────────────(the probe is healthy)──────┼────────────────────────┤
 *                                                       └──(it is not)───────────┘
 */
export interface Breaker {
  circuit(): Circuit;
  /** How long the circuit stays open; 0 when it is not. */
  openMs(): number;
  /** True when a call may be made now: half-open lets one probe through at a time. */
  allows(): boolean;
  /**
   * Makes a call and takes its verdict; one that rejects says nothing of the provider. Undefined when no call is
   * allowed.
   */
  run<Answer>(call: () => Promise<Answer>, judge: (answer: Answer) => Verdict): Promise<Answer | undefined>;
  close(): void;
}

/** How opossum is told of a failure: it knows them by their being thrown. */
class Failure extends Error {}

export function createBreaker(options: BreakerOptions): Breaker {
  let openedAtMs = 0;
  let openings = 0;
  let breaker = build();

  function build() {
    const built = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
      // The call has its own timeout, which also ends the request.
      timeout: false,
      // It opens above its threshold, and we say from how many on.
      errorThresholdPercentage: options.errorPercent - 0.001,
      volumeThreshold: options.minCalls,
      rollingCountTimeout: options.windowMs,
      resetTimeout: options.resetMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    });
    built.on("open", () => {
      openedAtMs = performance.now();
      openings += 1;
      options.onChange("open");
    });
    built.on("halfOpen", () => options.onChange("half-open"));
    built.on("close", () => {
      // A new one, since opossum's window still holds the failures that had opened it: one more would open it again.
      built.shutdown();
      breaker = build();
      options.onChange("closed");
    });
    return built;
  }

  const circuit = (): Circuit => {
    if (breaker.opened) return "open";
    return breaker.halfOpen ? "half-open" : "closed";
  };

  /** Tells opossum of a verdict. As it takes every settled call for one, it hears of no other. */
  const tell = (judged: () => Promise<Verdict>): Promise<unknown> =>
    breaker
      .fire(async () => {
        if ((await judged()) !== "healthy") throw new Failure();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
      });

  async function callClosed<Answer>(call: () => Promise<Answer>, judge: (answer: Answer) => Verdict) {
    const openingsBefore = openings;
    const answer = await call();
    const verdict = judge(answer);
    // Begun before the circuit opened, it says nothing of how the provider is now: that is the probe's to find out.
    const isLate = openings !== openingsBefore || breaker.isShutdown;
    if (verdict !== "nothing" && !isLate) await tell(() => Promise.resolve(verdict));
    return answer;
  }

  async function probe<Answer>(call: () => Promise<Answer>, judge: (answer: Answer) => Verdict) {
    let answering: Promise<Answer> | undefined;
    // One that was given up proved nothing: the circuit stays open.
    await tell(() => (answering = call()).then(judge, (): Verdict => "nothing"));
    return answering;
  }

  return {
    circuit,
    openMs: () => (breaker.opened ? Math.max(0, options.resetMs - (performance.now() - openedAtMs)) : 0),
    allows: () => breaker.closed || breaker.pendingClose,
    run: async (call, judge) => {
      if (breaker.closed) return callClosed(call, judge);
      return breaker.pendingClose ? probe(call, judge) : undefined;
    },
    close: () => breaker.shutdown(),
  };
}
