import { z } from "zod";
import type { PromptInput, ProviderAdapter } from "../core/ports.ts";
import {
  abortedError,
  findNetworkCode,
  networkError,
  statusError,
  unreadableError,
} from "./provider-error.ts";
import { requireSetting } from "./provider-settings.ts";
import type { ProviderSettings, VendorDeps } from "./provider-settings.ts";
import { readRetryAfter } from "./retry-after.ts";

const NAME = "hf-space";

/** Some spaces send the report as an object rather than as its text. */
const answerSchema = z.object({ report: z.union([z.string(), z.record(z.string(), z.unknown())]) });

/**
 * A Hugging Face Space: `POST {url}/api/infer` with `{"prompt"}`, answered by `{"report": "<JSON text>"}`. The key is
 * optional, and there is no word on tokens. `model`, when set, is only what the report names.
 * @throws {InvalidArgumentError} without a URL.
 */
export function createHfSpaceProvider(
  settings: ProviderSettings,
  { post, clock }: VendorDeps,
): ProviderAdapter {
  const url = `${(settings.baseUrl ?? requireSetting(settings, "url")).replace(/\/+$/, "")}/api/infer`;
  const model = settings.model ?? NAME;
  return {
    name: NAME,
    model,
    async call(input, { signal }) {
      const request = { headers: toHeaders(settings.apiKey), body: toBody(input), signal };
      const { status, headers, read } = await post(url, request).catch(rethrowAs(signal));
      if (status < 200 || status > 299) {
        throw statusError(NAME, status, readRetryAfter(new Headers(headers), clock.now()));
      }
      return { content: readReport(readBody(read, signal)), model };
    },
  };
}

function toHeaders(apiKey: string | undefined): Record<string, string> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  return apiKey === undefined ? headers : { ...headers, authorization: `Bearer ${apiKey}` };
}

/** The protocol has one field: the instructions stand above the commit. */
function toBody({ system, prompt }: PromptInput): string {
  return JSON.stringify({ prompt: `${system}\n\n${prompt}` });
}

function rethrowAs(signal: AbortSignal) {
  return (error: unknown): never => {
    throw signal.aborted ? abortedError(NAME) : networkError(NAME, error);
  };
}

function readBody(read: () => Buffer, signal: AbortSignal): string {
  try {
    return new TextDecoder().decode(read());
  } catch (error) {
    if (signal.aborted) throw abortedError(NAME);
    // What has no network's code is the body's fault.
    throw findNetworkCode(error) === undefined ? unreadableError(NAME) : networkError(NAME, error);
  }
}

function readReport(body: string): string {
  try {
    const { report } = answerSchema.parse(JSON.parse(body));
    return typeof report === "string" ? report : JSON.stringify(report);
  } catch {
    throw unreadableError(NAME);
  }
}
