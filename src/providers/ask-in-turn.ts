import { ENDED } from "../core/ended.ts";
import { forwardAborts } from "../core/forward-aborts.ts";
import type { Clock } from "../core/ports.ts";

/** Why a call was given up whose answer is not needed any more. */
export class Overtaken extends Error {
  override readonly message = "another provider has answered";
}

interface AskInTurnOptions {
  readonly clock: Clock;
  /** When the first has not answered after so long, the second is asked too. Undefined: one after another. */
  readonly hedgeAfterMs: number | undefined;
  /** Gives up on all of them. */
  readonly signal: AbortSignal;
}

type Settled<Answer> =
  | { readonly answer: Answer | undefined }
  | { readonly thrown: unknown }
  /** It is time for the hedge. */
  | "late";

/**
 * Asks candidates one after another until one has an answer. With a hedge, two are asked at once when the first is slow:
 * the first answer wins, and the other call is aborted. Undefined when none has an answer.
 * @throws what asking throws.
 */
export async function askInTurn<Candidate, Answer>(
  candidates: readonly Candidate[],
  ask: (candidate: Candidate, signal: AbortSignal) => Promise<Answer | undefined>,
  { clock, hedgeAfterMs, signal }: AskInTurnOptions,
): Promise<Answer | undefined> {
  const waiting = [...candidates];
  const stop = new AbortController();
  const stopForwarding = forwardAborts([signal], stop);
  const running = new Set<Promise<Settled<Answer>>>();

  function askNext(): void {
    const candidate = waiting.shift();
    if (candidate === undefined) return;
    const asked: Promise<Settled<Answer>> = ask(candidate, stop.signal)
      .then(
        (answer) => ({ answer }),
        (thrown: unknown) => ({ thrown }),
      )
      .finally(() => running.delete(asked));
    running.add(asked);
  }

  const hedge = hedgeAfterMs === undefined ? undefined : startHedge(clock, hedgeAfterMs);
  let late = hedge?.late;
  try {
    askNext();
    while (running.size > 0) {
      const settled = await Promise.race(late ? [...running, late] : running);
      // It is a hedge against the first alone: who comes after one that has failed is not late yet.
      late = undefined;
      if (settled !== "late") {
        if ("thrown" in settled) throw settled.thrown;
        if (settled.answer !== undefined) return settled.answer;
      }
      askNext();
    }
    return undefined;
  } finally {
    hedge?.stop();
    stopForwarding();
    // They end at once; nothing of them may outlive the answer.
    if (running.size > 0) stop.abort(new Overtaken());
    await Promise.all(running);
  }
}

/** The time until the first is late. */
function startHedge(clock: Clock, hedgeAfterMs: number) {
  const answered = new AbortController();
  const late = clock.sleep(hedgeAfterMs, answered.signal).then(() => "late" as const);
  return { late, stop: () => answered.abort(ENDED) };
}
