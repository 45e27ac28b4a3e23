import CircuitBreaker from "opossum";
import type { ProviderHealth } from "../core/ports.ts";

type Circuit = ProviderHealth["circuit"];

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
  const breaker = new CircuitBreaker((call: () => Promise<unknown>) => call(), {
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
  breaker.on("open", () => {
    openedAtMs = Date.now();
    options.onChange("open");
  });
  breaker.on("halfOpen", () => options.onChange("half-open"));
  breaker.on("close", () => options.onChange("closed"));

  const circuit = (): Circuit => {
    if (breaker.opened) return "open";
    return breaker.halfOpen ? "half-open" : "closed";
  };

  return {
    circuit,
    openMs: () => (breaker.opened ? Math.max(0, options.resetMs - (Date.now() - openedAtMs)) : 0),
    allows: () => breaker.closed || breaker.pendingClose,
    run: async <Answer>(call: () => Promise<Answer>, judge: (answer: Answer) => Verdict) => {
      if (!breaker.closed && !breaker.pendingClose) return undefined;
      let answering: Promise<Answer> | undefined;
      const report = async (): Promise<void> => {
        answering = call();
        const verdict = await answering.then(judge, (): Verdict => "nothing");
        // A probe that was given up proved nothing: the circuit stays open.
        if (verdict === "failing" || (verdict === "nothing" && !breaker.closed)) throw new Failure();
      };
      await breaker.fire(report).catch((error: unknown) => {
        if (!(error instanceof Failure)) throw error;
      });
      return answering;
    },
    close: () => breaker.shutdown(),
  };
}
