import type { Clock, RateCounter } from "../core/ports.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Alert, AlertKind, Alerts, SendAlert } from "./alert.ts";

interface ThrottledAlertsOptions {
  readonly send: SendAlert;
  /** Shared by all processes, so that ten workers tell of one outage once. */
  readonly rateCounter: RateCounter;
  /** Each kind is sent at most once in this time; 0 sends all. */
  readonly throttleMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The latest of a kind that waits for its time, and how many wait. */
interface Held {
  latest: Alert;
  count: number;
}

/** How long a farewell may take. */
const CLOSE_MS = 2_000;

/**
 * Sends the first alert of a kind at once. Those that follow within the throttle are held back: when it is over, the
 * latest of them is sent, with the number of the others.
 */
export function createThrottledAlerts(options: ThrottledAlertsOptions): Alerts {
  const { send, rateCounter, throttleMs, clock, logger } = options;
  const held = new Map<AlertKind, Held>();
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  const cutOff = new AbortController();

  async function deliver(alert: Alert): Promise<void> {
    if (await mayBeSent(alert.kind)) return send({ ...alert, heldBack: 0 }, cutOff.signal);
    const waiting = held.get(alert.kind);
    if (waiting === undefined) return hold(alert);
    waiting.latest = alert;
    waiting.count += 1;
  }

  async function mayBeSent(kind: AlertKind): Promise<boolean> {
    // What waits goes first.
    if (held.has(kind)) return false;
    return (await takeTurn(kind)) === 0;
  }

  /** How long until an alert of the kind may be sent; 0 when now, and then it must be. */
  async function takeTurn(kind: AlertKind): Promise<number> {
    if (throttleMs === 0) return 0;
    const { isWithin, resetMs } = await rateCounter.hit(`alert:${kind}`, 1, throttleMs);
    return isWithin ? 0 : Math.max(1, resetMs);
  }

  async function hold(alert: Alert): Promise<void> {
    const holding: Held = { latest: alert, count: 1 };
    held.set(alert.kind, holding);
    for (;;) {
      const waitMs = await takeTurn(alert.kind);
      if (waitMs === 0) break;
      await clock.sleep(waitMs, closing.signal);
      if (closing.signal.aborted) return;
    }
    held.delete(alert.kind);
    await send({ ...holding.latest, heldBack: holding.count - 1 }, cutOff.signal);
  }

  return {
    raise: (alert) => {
      if (closing.signal.aborted) return;
      const delivered: Promise<void> = deliver(alert)
        .catch((error: unknown) => logger.warn({ alert: alert.kind, err: error }, "an alert was not sent"))
        .finally(() => underWay.delete(delivered));
      underWay.add(delivered);
    },
    close: async () => {
      closing.abort();
      const done = new AbortController();
      void clock.sleep(CLOSE_MS, done.signal).then(() => cutOff.abort());
      await Promise.all(underWay);
      done.abort();
    },
  };
}
