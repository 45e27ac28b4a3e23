import { beforeEach, describe, expect, it } from "@jest/globals";
import type { AlertKind, AlertMessage, Alerts } from "../../src/alerts/alert.ts";
import { createThrottledAlerts } from "../../src/alerts/throttled-alerts.ts";
import type { RateCounter } from "../../src/core/ports.ts";
import { createManualClock, settle } from "../support/manual-clock.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { createCapturedLogger } from "../worker/captured-logger.ts";

const THROTTLE_MS = 300_000;

let clock: ManualClock;
let sent: AlertMessage[];
let counter: RateCounter;

beforeEach(() => {
  clock = createManualClock();
  sent = [];
  counter = createCounter();
});

/** Counts in fixed windows of the clock that the test moves. */
function createCounter(): RateCounter {
  const windows = new Map<string, { hits: number; endsAtMs: number }>();
  return {
    hit: (key, max, windowMs) => {
      const known = windows.get(key);
      const isOpen = known !== undefined && clock.now() < known.endsAtMs;
      const window = isOpen ? known : { hits: 0, endsAtMs: clock.now() + windowMs };
      window.hits += 1;
      windows.set(key, window);
      const resetMs = window.endsAtMs - clock.now();
      return Promise.resolve({ isWithin: window.hits <= max, remaining: 0, resetMs });
    },
    close: () => Promise.resolve(),
  };
}

function create(throttleMs = THROTTLE_MS): Alerts {
  const { logger } = createCapturedLogger();
  const send = (message: AlertMessage) => Promise.resolve(void sent.push(message));
  return createThrottledAlerts({ send, rateCounter: counter, throttleMs, clock, logger });
}

/** Raises one alert for each text. */
async function raise(alerts: Alerts, kind: AlertKind, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) alerts.raise({ kind, text });
  await settle();
}

const seen = () => sent.map(({ kind, text, heldBack }) => [kind, text, heldBack]);

describe("alerts", () => {
  it("are sent at once, one of each kind", async () => {
    const alerts = create();
    await raise(alerts, "circuit_opened", "a");
    await raise(alerts, "job_failed", "b");
    expect(seen()).toEqual([
      ["circuit_opened", "a", 0],
      ["job_failed", "b", 0],
    ]);
  });

  it("of a kind that was just sent are held back, and the latest comes with their number", async () => {
    const alerts = create();
    await raise(alerts, "job_failed", "a", "b", "c");
    await clock.advance(THROTTLE_MS - 1);
    await raise(alerts, "job_failed", "d");
    expect(seen()).toEqual([["job_failed", "a", 0]]);
    await clock.advance(1);
    expect(seen().slice(1)).toEqual([["job_failed", "d", 2]]);
  });

  it("begin a new time with each that is sent, and say nothing when nothing was held back", async () => {
    const alerts = create();
    await raise(alerts, "job_failed", "a", "b");
    await clock.advance(THROTTLE_MS);
    await raise(alerts, "job_failed", "c");
    await clock.advance(THROTTLE_MS);
    await clock.advance(THROTTLE_MS);
    await raise(alerts, "job_failed", "d");
    expect(seen()).toEqual([
      ["job_failed", "a", 0],
      ["job_failed", "b", 0],
      ["job_failed", "c", 0],
      ["job_failed", "d", 0],
    ]);
  });

  it("of many processes are one, and what they hold back comes from one after another", async () => {
    const [first, second] = [create(), create()];
    await raise(first, "engine_lost", "a");
    await raise(second, "engine_lost", "b");
    await raise(first, "engine_lost", "c");
    expect(seen()).toEqual([["engine_lost", "a", 0]]);
    await clock.advance(THROTTLE_MS);
    expect(sent).toHaveLength(2);
    await clock.advance(THROTTLE_MS);
    expect(sent.map(({ text }) => text).toSorted()).toEqual(["a", "b", "c"]);
  });

  it("are all sent when nothing is to be held back", async () => {
    await raise(create(0), "job_failed", "a", "b");
    expect(seen()).toEqual([
      ["job_failed", "a", 0],
      ["job_failed", "b", 0],
    ]);
  });

  it("that are held back go with the process, and leave no timer", async () => {
    const alerts = create();
    await raise(alerts, "job_failed", "a", "b");
    await alerts.close();
    await raise(alerts, "circuit_opened", "c");
    expect(seen()).toEqual([["job_failed", "a", 0]]);
    expect(clock.sleepers()).toBe(0);
  });

  it("harm nobody when they can't be counted", async () => {
    const { logger, lines } = createCapturedLogger();
    const rateCounter = { ...counter, hit: () => Promise.reject(new Error("no")) };
    const send = () => Promise.resolve();
    const alerts = createThrottledAlerts({ send, rateCounter, throttleMs: 1, clock, logger });
    await raise(alerts, "job_failed", "a");
    expect(lines).toEqual([expect.objectContaining({ level: "warn", alert: "job_failed" })]);
  });
});
