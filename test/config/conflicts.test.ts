import { describe, expect, it } from "@jest/globals";
import { problemsOf } from "./problems-of.ts";

const HF_SPACE = { HF_SPACE_ENABLED: "true", HF_SPACE_URL: "https://space.example" };

describe("variables that belong together", () => {
  it.each([
    ["a certificate with its key", { TLS_CERT_FILE: "a.pem", TLS_KEY_FILE: "b.pem" }],
    [
      "a client authority with both",
      { TLS_CERT_FILE: "a.pem", TLS_KEY_FILE: "b.pem", TLS_CLIENT_CA_FILE: "c.pem" },
    ],
    ["a Space with its address", HF_SPACE],
    ["Gemini with its key", { GEMINI_ENABLED: "true", GEMINI_API_KEY: "k" }],
    ["Cohere with its key", { COHERE_ENABLED: "true", COHERE_API_KEY: "k" }],
    ["OpenAI with its key", { OPENAI_ENABLED: "true", OPENAI_API_KEY: "k" }],
    ["Anthropic with its key", { ANTHROPIC_ENABLED: "true", ANTHROPIC_API_KEY: "k" }],
    [
      "an endpoint with its address and model",
      {
        OPENAI_COMPATIBLE_ENABLED: "true",
        OPENAI_COMPATIBLE_URL: "http://localhost:11434/v1",
        OPENAI_COMPATIBLE_MODEL: "llama",
      },
    ],
    ["the memory engine with a process that does all", { STEPPER_ROLE: "all" }],
    ["a key without its provider", { GEMINI_API_KEY: "k" }],
    ["one key", { API_KEY_ENABLED: "true", STEPPER_API_KEY: "k" }],
    ["several keys of a tenant", { API_KEY_ENABLED: "true", STEPPER_API_KEYS: "acme=k,acme=l,other=m" }],
    ["keys while asking for keys is off", { STEPPER_API_KEY: "k", STEPPER_API_KEYS: "a=k" }],
  ])("are taken: %s", (_, variables) => {
    expect(problemsOf(variables)).toEqual([]);
  });

  it.each([
    [
      "a certificate alone",
      { TLS_CERT_FILE: "a.pem" },
      "TLS_CERT_FILE and TLS_KEY_FILE must be set together",
    ],
    ["a key alone", { TLS_KEY_FILE: "b.pem" }, "TLS_CERT_FILE and TLS_KEY_FILE must be set together"],
    [
      "a client authority alone",
      { TLS_CLIENT_CA_FILE: "c.pem" },
      "TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE",
    ],
    ["an API process on the memory engine", { STEPPER_ROLE: "api" }, "STEPPER_ROLE=api needs REDIS_URL"],
    ["a worker on the memory engine", { STEPPER_ROLE: "worker" }, "STEPPER_ROLE=worker needs REDIS_URL"],
    [
      "an order of unknown providers",
      { PROVIDER_ORDER: "gemini,gemni,openia" },
      "PROVIDER_ORDER names gemni, openia; known are hf-space, gemini, cohere",
    ],
    [
      "an order that names a provider again",
      { PROVIDER_ORDER: "gemini,cohere,gemini" },
      "PROVIDER_ORDER names gemini more than once",
    ],
    ["a Space without an address", { HF_SPACE_ENABLED: "true" }, "HF_SPACE_URL must be set when"],
    ["Gemini without a key", { GEMINI_ENABLED: "true" }, "GEMINI_API_KEY must be set when"],
    [
      "Cohere without a key",
      { COHERE_ENABLED: "true", COHERE_API_KEY: " " },
      "COHERE_API_KEY must be set when",
    ],
    ["OpenAI without a key", { OPENAI_ENABLED: "true" }, "OPENAI_API_KEY must be set when"],
    ["Anthropic without a key", { ANTHROPIC_ENABLED: "true" }, "ANTHROPIC_API_KEY must be set when"],
    ["a Redis that is none", { REDIS_URL: "http://a" }, "REDIS_URL must be a redis:// or rediss:// URL"],
    [
      "a cluster's nodes with and without TLS",
      { REDIS_URL: "redis://a,rediss://b" },
      "REDIS_URL must be a redis:// or rediss:// URL",
    ],
    ["a prefix that breaks the hash tag", { REDIS_KEY_PREFIX: "a}b" }, "REDIS_KEY_PREFIX must be 1 to 64"],
    ["a queue that BullMQ can't name", { QUEUE_NAME: "a:b" }, "QUEUE_NAME must be 1 to 64"],
    ["keys asked for without one", { API_KEY_ENABLED: "true" }, "API_KEY_ENABLED is true, but no key is set"],
    [
      "a key of two tenants",
      { API_KEY_ENABLED: "true", STEPPER_API_KEYS: "acme=k,other=l,other=k" },
      "STEPPER_API_KEYS gives other a key of another tenant's",
    ],
    [
      "the one key given to another tenant",
      { API_KEY_ENABLED: "true", STEPPER_API_KEY: "k", STEPPER_API_KEYS: "acme=k" },
      "STEPPER_API_KEYS gives acme a key of another tenant's",
    ],
  ])("are refused: %s", (_, variables, problem) => {
    expect(problemsOf(variables)).toEqual([expect.stringMatching(`^${problem}`)]);
  });

  it("are refused each by name when a provider lacks several", () => {
    expect(problemsOf({ OPENAI_COMPATIBLE_ENABLED: "true" })).toEqual([
      "OPENAI_COMPATIBLE_URL must be set when OPENAI_COMPATIBLE_ENABLED is true",
      "OPENAI_COMPATIBLE_MODEL must be set when OPENAI_COMPATIBLE_ENABLED is true",
    ]);
  });

  it("are refused all at once", () => {
    const problems = problemsOf({
      TLS_KEY_FILE: "b.pem",
      STEPPER_ROLE: "api",
      PROVIDER_ORDER: "nobody",
      GEMINI_ENABLED: "true",
      COHERE_ENABLED: "true",
    });
    expect(problems).toHaveLength(5);
  });
});
