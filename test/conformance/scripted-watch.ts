import type { Report } from "../../src/core/report.ts";
import type { WatchOptions } from "../../src/core/reports.ts";
import type { WatchEvent } from "../../src/core/watch-job.ts";
import { storedReport } from "../support/samples.ts";

const time = "2026-01-01T00:00:00.000Z";

interface Script {
  /** The failure of a job of that name. */
  readonly toFailure: (name: string) => Error | undefined;
  readonly report: Report;
  /** Told of every watch that has ended, however that was. */
  readonly onEnd: (name: string) => void;
}

/**
 * What happens to a job is its name: `ended` and `long` end well, `held` goes on for ever, anything else with a failure of
 * its own fails at once, and `late-…` after two events.
 */
export async function* watchScript(
  name: string,
  { signal, stop }: WatchOptions,
  { toFailure, report, onEnd }: Script,
): AsyncGenerator<WatchEvent, void> {
  try {
    const atOnce = toFailure(name);
    if (atOnce) throw atOnce;
    yield { seq: 1, time, type: "queued", tenant: "acme", userId: "ada", repo: "r", commitSha: name };
    yield { seq: 2, time, type: "started", run: 1 };
    const late = toFailure(name.replace(/^late-/, ""));
    if (late) throw late;
    if (name === "held") await untilAborted([signal, stop]);
    const count = name === "long" ? 2_000 : 1;
    for (let beat = 0; beat < count; beat += 1) yield { time, type: "heartbeat" };
    yield { seq: 3, time, type: "completed", ...storedReport("ended", report, 0) };
  } finally {
    onEnd(name);
  }
}

function untilAborted(signals: readonly (AbortSignal | undefined)[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of signals) {
      const leave = (): void => reject(signal?.reason as Error);
      if (signal?.aborted) leave();
      signal?.addEventListener("abort", leave, { once: true });
    }
  });
}
