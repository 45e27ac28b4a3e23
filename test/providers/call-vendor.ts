import { ProviderError } from "../../src/core/errors.ts";
import type { ReportOutput } from "../../src/core/ports.ts";
import { createHttpClient } from "../../src/providers/http-client.ts";
import { createPrompt } from "../../src/providers/prompt.ts";
import type { ProviderSettings } from "../../src/providers/provider-settings.ts";
import { createProviders } from "../../src/providers/registry.ts";
import { createManualClock } from "../support/manual-clock.ts";
import { createRequest } from "./sample-request.ts";

export const PROMPT = createPrompt(createRequest());

type VendorSettings = Partial<ProviderSettings> & Pick<ProviderSettings, "name">;

/** One call through a vendor's adapter, over the client that stepper uses. */
export async function callVendor(
  settings: VendorSettings,
  signal: AbortSignal = new AbortController().signal,
): Promise<ReportOutput> {
  const client = createHttpClient();
  const deps = { ...client, clock: createManualClock() };
  const [setup] = createProviders([{ timeoutMs: 1_000, ...settings }], deps);
  if (setup === undefined) throw new Error("no provider was made");
  try {
    return await setup.adapter.call(PROMPT, { signal });
  } finally {
    await client.close();
  }
}

/** The error with which a call fails. */
export async function failureOf(call: Promise<unknown>): Promise<ProviderError> {
  const outcome = await call.then(
    () => new Error("the call did not fail"),
    (error: unknown) => error,
  );
  if (outcome instanceof ProviderError) return outcome;
  throw outcome;
}
