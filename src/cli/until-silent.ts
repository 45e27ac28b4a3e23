import { RequestError } from "../core/errors.ts";
import type { Clock } from "../core/ports.ts";

interface SilenceLimit {
  readonly silenceMs: number;
  readonly clock: Clock;
  /** Gives up the source, which may never answer by itself. */
  readonly abandon: () => void;
}

/**
 * Passes events on, until nothing has come for `silenceMs`: a dead connection may look like a quiet one.
 * @throws {RequestError} `unavailable`
 */
export async function* untilSilent<Event>(
  events: AsyncIterable<Event>,
  { silenceMs, clock, abandon }: SilenceLimit,
): AsyncGenerator<Event, void> {
  const source = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = new AbortController();
      const silence = clock.sleep(silenceMs, timer.signal).then(() => "silence" as const);
      const next = await Promise.race([source.next(), silence]).finally(() => {
        timer.abort();
      });
      if (next === "silence") throw new RequestError("unavailable", "the server has gone silent");
      if (next.done) return;
      yield next.value;
    }
  } finally {
    abandon();
    // Not awaited: a source that has gone silent would never return. Its failure is the abandonment itself.
    source.return?.().catch(() => undefined);
  }
}
