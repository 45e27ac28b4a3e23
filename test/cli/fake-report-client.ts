import type { ReportEvent } from "../../src/cli/report-source.ts";
import { createServerSource } from "../../src/cli/server-source.ts";
import { RequestError } from "../../src/core/errors.ts";
import type { Clock } from "../../src/core/ports.ts";
import type { ReportClient, WatchedEvent } from "../../src/rpc/report-client.ts";
import { aReport } from "./a-report.ts";

/** What is asked for. */
export const INPUT = { userId: "ada", commitSha: "abc", repo: "acme/shop", message: "Fix" };
const SILENCE_MS = 60_000;
/** When everything happens. */
export const TIME = "2025-01-01T00:00:00.000Z";

/** Sleeps no time at all, but never through a whole silence: that ends only when the test says so. */
export function createClock() {
  const slept: number[] = [];
  let endSilence: (() => void) | undefined;
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    sleep: (ms, signal) => {
      if (ms !== SILENCE_MS) {
        slept.push(ms);
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        endSilence = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  };
  return { clock, slept, endSilence: () => endSilence?.() };
}

/** Asks the server source for a report. */
export function ask(
  client: Pick<ReportClient, "enqueue" | "watch">,
  options: { clock?: Clock; signal?: AbortSignal } = {},
) {
  const events: ReportEvent[] = [];
  const { clock = createClock().clock, signal = new AbortController().signal } = options;
  const source = createServerSource({ client, clock, random: () => 0.5 });
  return { events, report: source.report(INPUT, { signal, onEvent: (event) => events.push(event) }) };
}

/** How a watch is made. */
export type Watch = ReportClient["watch"];

/** A client whose watches go one after another as the test says. */
export function createClient(...watches: (() => Iterable<WatchedEvent>)[]) {
  const afterSeqs: number[] = [];
  const watch: Watch = async function* (_, afterSeq) {
    afterSeqs.push(afterSeq);
    await Promise.resolve();
    yield* watches[Math.min(afterSeqs.length, watches.length) - 1]?.() ?? [];
  };
  return { afterSeqs, client: { enqueue: () => Promise.resolve({ jobId: "job-1" }), watch } };
}

/** An event in the middle of a job. */
export function started(seq: number): WatchedEvent {
  return { type: "started", run: 1, seq, time: TIME };
}

/** The last event of a job. */
export function done(seq: number): WatchedEvent {
  return { type: "completed", report: aReport(), seq, time: TIME };
}

/** A connection that breaks. */
export function* cutAfter(...events: WatchedEvent[]) {
  yield* events;
  throw new RequestError("unavailable", "lost");
}
