import type {
  PromptInput,
  ProviderAdapter,
  ProviderCallContext,
  ReportOutput,
} from "../../src/core/ports.ts";
import { SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";

/** What an adapter does on one call; custom adapters may do anything. */
export type Step = (input: PromptInput, context: ProviderCallContext) => unknown;

/** An adapter that follows a script, one step a call, and keeps what it was given. */
export interface ScriptedAdapter extends ProviderAdapter {
  readonly calls: readonly (ProviderCallContext & { readonly input: PromptInput })[];
  /** Resolves when it is next called. */
  nextCall(): Promise<void>;
}

export const writes =
  (content: unknown, rest: Partial<ReportOutput> = {}): Step =>
  () =>
    Promise.resolve({ content, ...rest });

export const succeeds = writes(SAMPLE_REPORT_TEXT, {
  model: "model-1",
  tokenUsage: { inputTokens: 12, outputTokens: 34 },
});

export const throws =
  (error: unknown): Step =>
  () => {
    throw error;
  };

/** Never answers, whatever its signal says. */
export const hangs: Step = () => new Promise(() => undefined);

export function createScriptedAdapter(name: string, ...steps: readonly Step[]): ScriptedAdapter {
  const calls: (ProviderCallContext & { readonly input: PromptInput })[] = [];
  let waiting: (() => void)[] = [];
  return {
    name,
    calls,
    nextCall: () => new Promise((resolve) => waiting.push(resolve)),
    call(input, { signal }) {
      const step = steps[calls.length] ?? throws(new Error("no step is left"));
      calls.push({ input, signal });
      for (const resolve of waiting) resolve();
      waiting = [];
      return step(input, { signal }) as Promise<ReportOutput>;
    },
  };
}
