import { describe, expect, it } from "@jest/globals";
import { InvalidArgumentError } from "../../src/core/errors.ts";
import type { ProviderSettings } from "../../src/providers/provider-settings.ts";
import { createHttpClient } from "../../src/providers/http-client.ts";
import { createProviders } from "../../src/providers/registry.ts";
import { createManualClock } from "../support/manual-clock.ts";

const deps = { ...createHttpClient(), clock: createManualClock() };

describe("createProviders", () => {
  it("makes the providers in the order of the settings, each with its time limit", () => {
    const keyed = { apiKey: "key", timeoutMs: 1 };
    const settings: ProviderSettings[] = [
      { name: "anthropic", ...keyed },
      { name: "hf-space", url: "http://127.0.0.1:1", timeoutMs: 2 },
      { name: "openai", ...keyed },
      { name: "openai-compatible", url: "http://127.0.0.1:1", model: "any", timeoutMs: 3 },
      { name: "cohere", ...keyed },
      { name: "gemini", ...keyed },
    ];
    const made = createProviders(settings, deps).map(({ adapter, timeoutMs }) => [adapter.name, timeoutMs]);
    expect(made).toEqual(settings.map(({ name, timeoutMs }) => [name, timeoutMs]));
  });

  it.each<[Omit<ProviderSettings, "timeoutMs">, string]>([
    [{ name: "openai" }, "providers.openai.apiKey"],
    [{ name: "anthropic", apiKey: "" }, "providers.anthropic.apiKey"],
    [{ name: "gemini" }, "providers.gemini.apiKey"],
    [{ name: "cohere" }, "providers.cohere.apiKey"],
    [{ name: "hf-space" }, "providers.hf-space.url"],
    [{ name: "openai-compatible", model: "any" }, "providers.openai-compatible.url"],
    [{ name: "openai-compatible", url: "http://127.0.0.1:1" }, "providers.openai-compatible.model"],
  ])("refuses %j, and names what is missing", (settings, field) => {
    const create = () => createProviders([{ timeoutMs: 1, ...settings }], deps);
    expect(create).toThrow(new InvalidArgumentError([{ field, description: "is required" }]));
  });
});
