import { expect } from "@jest/globals";
import type { PromptInput } from "../../src/core/ports.ts";
import type { ProviderSettings } from "../../src/providers/provider-settings.ts";
import { anthropicWire } from "../fixtures/vendors/anthropic-wire.ts";
import { cohereWire } from "../fixtures/vendors/cohere-wire.ts";
import { geminiWire } from "../fixtures/vendors/gemini-wire.ts";
import { hfSpaceWire } from "../fixtures/vendors/hf-space-wire.ts";
import { openAiCompatibleWire } from "../fixtures/vendors/openai-compatible-wire.ts";
import { openAiWire } from "../fixtures/vendors/openai-wire.ts";
import type { VendorWire } from "../fixtures/vendors/vendor-wire.ts";

export const API_KEY = "secret-key-123";

/** One vendor, and what must be on the wire when it is called. */
export interface VendorCase {
  readonly name: ProviderSettings["name"];
  readonly wire: VendorWire;
  readonly settings: (url: string) => Partial<ProviderSettings>;
  readonly path: string;
  readonly auth: readonly [header: string, value: string];
  readonly body: (input: PromptInput) => unknown;
  /** The model that the report names. */
  readonly model: string;
  readonly countsTokens: boolean;
}

const REPORT_SCHEMA = {
  type: "object",
  properties: expect.objectContaining({
    title: expect.objectContaining({ type: "string" }) as unknown,
  }) as unknown,
  required: ["title", "summary", "changes", "rationale", "impactAndTests", "nextSteps", "tags"],
};
const CLOSED_SCHEMA = { ...REPORT_SCHEMA, additionalProperties: false };

function toChat({ system, prompt }: PromptInput) {
  return [
    { role: "system", content: system },
    { role: "user", content: prompt },
  ];
}

export const VENDOR_CASES: readonly VendorCase[] = [
  {
    name: "openai",
    wire: openAiWire,
    settings: (url) => ({ baseUrl: `${url}/v1`, apiKey: API_KEY, model: "gpt-4o-mini" }),
    path: "/v1/chat/completions",
    auth: ["authorization", `Bearer ${API_KEY}`],
    body: (input) => ({
      model: "gpt-4o-mini",
      messages: toChat(input),
      response_format: {
        type: "json_schema",
        json_schema: { name: "report", strict: true, schema: CLOSED_SCHEMA },
      },
    }),
    model: "gpt-5.6-luna-2026-07-07",
    countsTokens: true,
  },
  {
    name: "anthropic",
    wire: anthropicWire,
    settings: (url) => ({ baseUrl: `${url}/v1`, apiKey: API_KEY, model: "claude-haiku-4-5" }),
    path: "/v1/messages",
    auth: ["x-api-key", API_KEY],
    body: ({ system, prompt }) => ({
      model: "claude-haiku-4-5",
      max_tokens: 16_000,
      system: [{ type: "text", text: system }],
      messages: [{ role: "user", content: [{ type: "text", text: prompt }] }],
      output_config: { format: { type: "json_schema", schema: CLOSED_SCHEMA } },
    }),
    model: "claude-haiku-5-5",
    countsTokens: true,
  },
  {
    name: "gemini",
    wire: geminiWire,
    settings: (url) => ({ baseUrl: `${url}/v1beta`, apiKey: API_KEY, model: "gemini-3.8-flash" }),
    path: "/v1beta/models/gemini-3.8-flash:generateContent",
    auth: ["x-goog-api-key", API_KEY],
    body: ({ system, prompt }) => ({
      systemInstruction: { parts: [{ text: system }] },
      contents: [{ role: "user", parts: [{ text: prompt }] }],
      generationConfig: { responseMimeType: "application/json", responseSchema: REPORT_SCHEMA },
    }),
    model: "gemini-3.8-flash",
    countsTokens: true,
  },
  {
    name: "cohere",
    wire: cohereWire,
    settings: (url) => ({ baseUrl: `${url}/v2`, apiKey: API_KEY, model: "command-a-03-2025" }),
    path: "/v2/chat",
    auth: ["authorization", `Bearer ${API_KEY}`],
    body: (input) => ({
      model: "command-a-03-2025",
      messages: toChat(input),
      response_format: { type: "json_object", json_schema: CLOSED_SCHEMA },
    }),
    model: "command-a-03-2025",
    countsTokens: true,
  },
  {
    name: "openai-compatible",
    wire: openAiCompatibleWire,
    settings: (url) => ({ url: `${url}/v1`, apiKey: API_KEY, model: "llama3.2" }),
    path: "/v1/chat/completions",
    auth: ["authorization", `Bearer ${API_KEY}`],
    body: (input) => ({
      model: "llama3.2",
      messages: toChat(input),
      response_format: { type: "json_object" },
    }),
    model: "llama3.2",
    countsTokens: true,
  },
  {
    name: "hf-space",
    wire: hfSpaceWire,
    settings: (url) => ({ url: `${url}/`, apiKey: API_KEY }),
    path: "/api/infer",
    auth: ["authorization", `Bearer ${API_KEY}`],
    body: ({ system, prompt }) => ({ prompt: `${system}\n\n${prompt}` }),
    model: "hf-space",
    countsTokens: false,
  },
];
