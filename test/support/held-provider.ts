import type { ProviderAdapter, ReportOutput } from "../../src/core/ports.ts";
import { createGate } from "./gate.ts";
import { sampleContent } from "./samples.ts";

/** A provider that answers when the test says so. */
export interface HeldProvider extends ProviderAdapter {
  /** Resolves when it has been called `count` times, in all. */
  called(count: number): Promise<void>;
  /** How often it has been called. */
  calls(): number;
  /** Lets every call answer, those that wait and those to come. */
  release(): void;
}

export function createHeldProvider(name = "held"): HeldProvider {
  const gate = createGate<null>();
  let count = 0;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    name,
    call: async (): Promise<ReportOutput> => {
      count += 1;
      gate.pass(null);
      await opened;
      return {
        content: sampleContent(),
        model: "held-1",
        tokenUsage: { inputTokens: 100, outputTokens: 20 },
      };
    },
    called: async (times) => {
      await gate.passed(times);
    },
    calls: () => count,
    release: () => open(),
  };
}
