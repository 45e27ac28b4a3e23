import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { NAMES, playSequence, RESET_MS } from "./play-sequence.ts";
import type { Sequence } from "./play-sequence.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A provider that is called once and fails for good, from a moment on. */
const rejects = (provider: string, atMs: number) => [
  `${atMs} ${provider}#1 started`,
  `${atMs} ${provider}#1 failed rejected`,
];

describe("three providers in order", () => {
  it.each<[does: string, sequence: Sequence]>([
    [
      "ask one that is down again after growing delays, and take its report",
      {
        scripts: ["unavailable, timeout, ok", "ok", "ok"],
        events: [
          "0 one#1 started",
          "0 one#1 failed unavailable",
          "250 one#2 started",
          "250 one#2 failed timeout",
          "750 one#3 started",
        ],
        outcome: "750 report of one#3",
      },
    ],
    [
      "fall back when each has failed in its own way",
      {
        scripts: ["rejected", "auth", "nonsense, nonsense"],
        events: [
          ...rejects("one", 0),
          "0 two#1 started",
          "0 two#1 failed auth",
          "0 three#1 started",
          "0 three#1 failed invalid_output",
          "0 three#2 started",
          "0 three#2 failed invalid_output",
        ],
        outcome: "0 fallback",
      },
    ],
    [
      "fall back when each has been down as often as it may be",
      {
        scripts: Array.from({ length: 3 }, () => "unavailable, unavailable, unavailable, ok"),
        events: NAMES.flatMap((name, index) => [
          ...[0, 250, 750].flatMap((delayMs, call) => [
            `${750 * index + delayMs} ${name}#${call + 1} started`,
            `${750 * index + delayMs} ${name}#${call + 1} failed unavailable`,
          ]),
        ]),
        outcome: "2250 fallback",
      },
    ],
    [
      "hang up on one that hangs, and ask it again",
      {
        scripts: ["hang, ok", "ok", "ok"],
        events: ["0 one#1 started", "5000 one#1 failed timeout", "5250 one#2 started"],
        outcome: "5250 report of one#2",
      },
    ],
    [
      "ask again once after nonsense, whatever else fails in between",
      {
        scripts: ["nonsense, unavailable, nonsense, ok", "ok", "ok"],
        events: [
          "0 one#1 started",
          "0 one#1 failed invalid_output",
          "0 one#2 started",
          "0 one#2 failed unavailable",
          "250 one#3 started",
          "250 one#3 failed invalid_output",
          "250 two#1 started",
        ],
        outcome: "250 report of two#1",
      },
    ],
    [
      "wait for one that asks for a short rest",
      {
        scripts: ["rate_limited 2, ok", "ok", "ok"],
        events: ["0 one#1 started", "0 one#1 failed rate_limited", "2000 one#2 started"],
        outcome: "2000 report of one#2",
      },
    ],
    [
      "go on from one that asks for a long rest, and leave it alone for the next report",
      {
        scripts: ["rate_limited 30, ok", "ok, ok", "ok"],
        earlier: 1,
        restMs: 5_000,
        events: ["0 one skipped cooling_down 25000", "0 two#1 started"],
        outcome: "0 report of two#1",
      },
    ],
    [
      "wait for the end of a rest that is near",
      {
        scripts: ["rate_limited 30, ok", "ok, ok", "ok"],
        earlier: 1,
        restMs: 25_000,
        events: ["5000 one#1 started"],
        outcome: "5000 report of one#1",
      },
    ],
    [
      "come back to the one whose long rest ends first, when none has a report",
      {
        scripts: ["rate_limited 40", "rejected", "rate_limited 20, unavailable, ok"],
        events: [
          "0 one#1 started",
          "0 one#1 failed rate_limited",
          ...rejects("two", 0),
          "0 three#1 started",
          "0 three#1 failed rate_limited",
          "20000 one skipped cooling_down 20000",
          "20000 three#2 started",
          "20000 three#2 failed unavailable",
          "20500 three#3 started",
        ],
        outcome: "20500 report of three#3",
      },
    ],
    [
      "fall back at once when every rest is too long",
      {
        scripts: ["rate_limited 61", "rejected", "rejected"],
        events: [
          "0 one#1 started",
          "0 one#1 failed rate_limited",
          ...rejects("two", 0),
          ...rejects("three", 0),
        ],
        outcome: "0 fallback",
      },
    ],
    [
      "leave out one that opened its circuit in the middle of its retries",
      {
        scripts: ["unavailable, unavailable, ok", "ok", "ok"],
        minCalls: 2,
        events: [
          "0 one#1 started",
          "0 one#1 failed unavailable",
          "250 one#2 started",
          "250 one#2 failed unavailable",
          "750 one skipped circuit_open 29500",
          "750 two#1 started",
        ],
        outcome: "750 report of two#1",
      },
    ],
    [
      "fall back at once when every circuit is open",
      {
        scripts: Array.from({ length: 3 }, () => "unavailable, unavailable"),
        minCalls: 2,
        earlier: 1,
        events: [
          "0 one skipped circuit_open 28000",
          "0 two skipped circuit_open 28750",
          "0 three skipped circuit_open 29500",
        ],
        outcome: "0 fallback",
      },
    ],
    [
      "try one whose circuit is half-open, and close it by its report",
      {
        scripts: ["unavailable, unavailable, ok, ok", "ok", "ok"],
        minCalls: 2,
        earlier: 1,
        restMs: RESET_MS,
        events: ["0 one#1 started"],
        outcome: "0 report of one#1",
      },
    ],
    [
      "leave one alone again whose probe fails",
      {
        scripts: ["unavailable, unavailable, unavailable, ok", "ok, ok", "ok"],
        minCalls: 2,
        earlier: 1,
        restMs: RESET_MS,
        events: [
          "0 one#1 started",
          "0 one#1 failed unavailable",
          "250 one skipped circuit_open 29750",
          "250 two#1 started",
        ],
        outcome: "250 report of two#1",
      },
    ],
    [
      "leave out one that refused its key",
      {
        scripts: ["auth, ok", "ok, ok", "ok"],
        earlier: 1,
        restMs: 1_000,
        events: ["0 one skipped disabled 599000", "0 two#1 started"],
        outcome: "0 report of two#1",
      },
    ],
    [
      "try a refused key again after ten minutes",
      {
        scripts: ["auth, ok", "ok", "ok"],
        earlier: 1,
        restMs: 600_000,
        events: ["0 one#1 started"],
        outcome: "0 report of one#1",
      },
    ],
    [
      "skip the rest when the deadline passes while one hangs",
      {
        scripts: ["hang", "ok", "ok"],
        deadlineMs: 3_000,
        events: [
          "0 one#1 started",
          "3000 one#1 failed timeout",
          "3000 two skipped deadline",
          "3000 three skipped deadline",
        ],
        outcome: "3000 fallback",
      },
    ],
    [
      "stop waiting for a rest when the deadline passes",
      {
        scripts: ["rejected", "rate_limited 20, ok", "rejected"],
        deadlineMs: 10_000,
        events: [
          ...rejects("one", 0),
          "0 two#1 started",
          "0 two#1 failed rate_limited",
          ...rejects("three", 0),
          "10000 two skipped deadline",
        ],
        outcome: "10000 fallback",
      },
    ],
    [
      "stop waiting between two calls when the deadline passes",
      {
        scripts: ["rate_limited 8, ok", "ok", "ok"],
        deadlineMs: 1_000,
        events: [
          "0 one#1 started",
          "0 one#1 failed rate_limited",
          "1000 one skipped deadline",
          "1000 two skipped deadline",
          "1000 three skipped deadline",
        ],
        outcome: "1000 fallback",
      },
    ],
  ])("%s", async (_, sequence) => {
    const { events, outcome } = sequence;
    expect(await playSequence(sequence)).toEqual({ events, outcome });
  });
});
