import { ENDED } from "./ended.ts";
import { createFallbackReport } from "./fallback-report.ts";
import type { Attempt } from "./job.ts";
import type { ChainOptions, ChainSuccess, Clock, ProviderChain, Redaction } from "./ports.ts";
import { FALLBACK_PROVIDER } from "./report.ts";
import type { Report } from "./report.ts";
import type { ReportRequest } from "./report-request.ts";
import { suspectsInjection } from "./suspected-injection.ts";

/** A report, and the call that gave it unless it is a fallback. */
export interface Generated {
  readonly report: Report;
  readonly attempt?: Attempt;
}

type GenerateOptions = Omit<ChainOptions, "deadline" | "deadlineAtMs">;

interface GenerateDependencies {
  readonly chain: ProviderChain;
  readonly clock: Clock;
  readonly redactContent: Redaction["redactContent"];
  /** Time for the providers, all together; after it the template answers. */
  readonly timeoutMs: number;
}

/**
 * Makes a report now: the first provider that answers, or the template when none does in time.
 * @throws the reason of `options.signal`, once aborted.
 */
export async function generateReport(
  deps: GenerateDependencies,
  request: ReportRequest,
  options: GenerateOptions,
): Promise<Generated> {
  const { chain, clock } = deps;
  const success = await runInTime(deps, request, options);
  const origin = {
    generatedAt: new Date(clock.now()).toISOString(),
    promptVersion: chain.promptVersion,
    ...(suspectsInjection(request) && { warnings: ["suspected_prompt_injection"] as const }),
  };
  if (success === undefined) {
    const content = createFallbackReport(request);
    return { report: { ...content, provider: FALLBACK_PROVIDER, model: "", fallback: true, ...origin } };
  }
  const content = deps.redactContent(success.content);
  return { report: { ...toModelReport({ ...success, content }), ...origin }, attempt: success.attempt };
}

async function runInTime(
  { chain, clock, timeoutMs }: GenerateDependencies,
  request: ReportRequest,
  options: GenerateOptions,
): Promise<ChainSuccess | undefined> {
  const deadline = new AbortController();
  const finished = new AbortController();
  void clock.sleep(timeoutMs, finished.signal).then(() => deadline.abort());
  try {
    const deadlineAtMs = clock.monotonicMs() + timeoutMs;
    return await chain.run(request, { ...options, deadline: deadline.signal, deadlineAtMs });
  } finally {
    finished.abort(ENDED);
  }
}

function toModelReport({ content, model, attempt }: ChainSuccess) {
  const { provider, tokenUsage } = attempt;
  return { ...content, provider, model, fallback: false, ...(tokenUsage && { tokenUsage }) };
}
