import { ProviderError } from "../core/errors.ts";
import type { Clock, PromptInput, ProviderAdapter } from "../core/ports.ts";
import type { ReportContent, TokenUsage } from "../core/report.ts";
import { afterMs, interruptible, onAbort } from "./interruptible.ts";
import { readOutput, readTokenUsage } from "./read-output.ts";

/** What came of one call: a valid report, or why there is none and what to tell the model about it. */
export type Answer =
  | {
      readonly ok: true;
      readonly content: ReportContent;
      readonly model: string;
      readonly tokenUsage?: TokenUsage;
    }
  | {
      readonly ok: false;
      readonly error: ProviderError;
      readonly problem: string;
      readonly reply?: string;
      readonly tokenUsage?: TokenUsage;
    };

interface AskOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly deadline: AbortSignal;
}

/** Makes one call and judges its outcome. Never rejects, whatever the adapter does, and never outlasts its limits. */
export async function askAdapter(
  adapter: ProviderAdapter,
  input: PromptInput,
  options: AskOptions,
): Promise<Answer> {
  const { name } = adapter;
  try {
    const output = readOutput(await callWithin(adapter, input, options), input);
    if (output.ok) return output;
    const error = new ProviderError("invalid_output", `${name} wrote no valid report: ${output.problem}`);
    return { ...output, error };
  } catch (thrown) {
    const error = toProviderError(name, thrown);
    const problem = error.message;
    const tokenUsage = readTokenUsage(error.tokenUsage);
    return { ok: false, error, problem, ...(tokenUsage && { tokenUsage }) };
  }
}

function callWithin(
  adapter: ProviderAdapter,
  input: PromptInput,
  { clock, timeoutMs, signal, deadline }: AskOptions,
) {
  const timedOut = (why: string) => () => new ProviderError("timeout", `${adapter.name} ${why}`);
  return interruptible(
    (callSignal) => adapter.call(input, { signal: callSignal }),
    [
      onAbort(signal, timedOut("was stopped")),
      onAbort(deadline, timedOut("was still writing when the job ran out of time")),
      afterMs(clock, timeoutMs, timedOut(`did not answer within ${timeoutMs} ms`)),
    ],
  );
}

/** What a custom adapter throws is kept as cause only: its message may hold anything. */
function toProviderError(name: string, thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  return new ProviderError("unavailable", `${name} failed unexpectedly`, { cause: thrown });
}
