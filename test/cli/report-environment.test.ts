import { describe, expect, it } from "@jest/globals";
import { toReportVariables } from "../../src/cli/report-environment.ts";
import { loadConfig } from "../../src/config/load.ts";

const SERVER_ONLY = {
  PORT: "http",
  HOST: "::bad",
  TLS_CERT_FILE: "missing.pem",
  REDIS_URL: "redis://production:6379",
  STEPPER_ROLE: "api",
  API_KEY_ENABLED: "true",
  RATE_LIMIT_MAX_REQUESTS: "none",
  CORS_ENABLED: "perhaps",
  DISCORD_WEBHOOK_URL: "https://discord.com/api/webhooks/1/x",
  CACHE_TTL_SECONDS: "-1",
};
const OLLAMA = { OPENAI_COMPATIBLE_ENABLED: "true", OPENAI_COMPATIBLE_MODEL: "llama" };

describe("toReportVariables", () => {
  it.each(["shell", "dotEnv"])("leaves out what only a server goes by, wrong or right: %s", (place) => {
    const variables = toReportVariables({ shell: {}, dotEnv: {}, [place]: SERVER_ONLY });
    expect(variables).toEqual({});
    expect(() => loadConfig(variables)).not.toThrow();
  });

  it("keeps what concerns providers, retries, limits and logging, the shell's over those of .env", () => {
    const dotEnv = {
      ...OLLAMA,
      OPENAI_COMPATIBLE_URL: "http://localhost:11434/v1",
      PROVIDER_ORDER: "openai-compatible",
      RETRY_MAX_ATTEMPTS: "1",
      CIRCUIT_RESET_MS: "5",
      JOB_TIMEOUT_MS: "10",
      QUEUE_CONCURRENCY: "2",
      REDACT_ENABLED: "false",
      NODE_ENV: "test",
      LOG_LEVEL: "error",
    };
    expect(toReportVariables({ shell: { LOG_LEVEL: "debug", PATH: "/bin" }, dotEnv })).toEqual({
      ...dotEnv,
      LOG_LEVEL: "debug",
    });
  });

  it.each([
    ["GEMINI_API_KEY", "GEMINI_BASE_URL"],
    ["OPENAI_API_KEY", "OPENAI_BASE_URL"],
    ["HF_SPACE_API_KEY", "HF_SPACE_URL"],
    ["OPENAI_COMPATIBLE_API_KEY", "OPENAI_COMPATIBLE_URL"],
    ["OPENAI_COMPATIBLE_API_KEY", "OPENAI_COMPATIBLE_BASE_URL"],
  ])("stops before the shell's %s would go to the %s of .env", (key, address) => {
    const enabled = key.replace("API_KEY", "ENABLED");
    const dotEnv = { [enabled]: "true", [address]: "https://elsewhere.example" };
    expect(() => toReportVariables({ shell: { [key]: "secret" }, dotEnv })).toThrow(
      `${key} is set in the shell but ${address} in .env: set both in the same place`,
    );
  });

  const KEY = { OPENAI_COMPATIBLE_API_KEY: "secret" };
  const ADDRESS = { OPENAI_COMPATIBLE_URL: "https://elsewhere.example" };
  it.each([
    ["both are in the shell", { shell: { ...KEY, ...ADDRESS }, dotEnv: OLLAMA }],
    [
      "the shell has its own address, too",
      { shell: { ...KEY, ...ADDRESS }, dotEnv: { ...OLLAMA, ...ADDRESS } },
    ],
    ["both are in .env", { shell: {}, dotEnv: { ...OLLAMA, ...KEY, ...ADDRESS } }],
    ["the key alone is in .env", { shell: ADDRESS, dotEnv: { ...OLLAMA, ...KEY } }],
    ["the key is blank", { shell: { OPENAI_COMPATIBLE_API_KEY: " " }, dotEnv: { ...OLLAMA, ...ADDRESS } }],
    ["the provider is off", { shell: KEY, dotEnv: ADDRESS }],
  ])("goes on when %s", (_, sources) => {
    expect(() => toReportVariables(sources)).not.toThrow();
  });
});
