import { describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../src/config/load.ts";
import { PROVIDER_NAMES, toVariablePrefix } from "../../src/config/provider-names.ts";
import { toSettings, toTlsFiles } from "../../src/environment-settings.ts";
import { defaultSettings } from "../../src/stepper-settings.ts";

const settingsOf = (variables: Readonly<Record<string, string>>) => toSettings(loadConfig(variables));

/** All providers, switched on with what they need. */
const everyProvider = {
  HF_SPACE_ENABLED: "true",
  HF_SPACE_URL: "https://space.example",
  ...Object.fromEntries(
    ["GEMINI", "COHERE", "OPENAI", "ANTHROPIC"].flatMap((prefix) => [
      [`${prefix}_ENABLED`, "true"],
      [`${prefix}_API_KEY`, `key-of-${prefix}`],
    ]),
  ),
  OPENAI_COMPATIBLE_ENABLED: "true",
  OPENAI_COMPATIBLE_URL: "http://localhost:11434/v1",
  OPENAI_COMPATIBLE_MODEL: "llama",
};

const namesOf = (variables: Readonly<Record<string, string>>) =>
  settingsOf(variables).providers.map(({ name }) => name);

describe("toSettings", () => {
  it("has the same defaults as the library, and no provider", () => {
    expect(settingsOf({})).toEqual(defaultSettings);
  });

  it("takes each variable to its own setting, in milliseconds", () => {
    const settings = settingsOf({
      CACHE_TTL_SECONDS: "1",
      CACHE_STALE_AFTER_SECONDS: "2",
      CACHE_STALE_WHILE_REVALIDATE: "false",
      FALLBACK_TTL_SECONDS: "3",
      QUEUE_CONCURRENCY: "4",
      QUEUE_MAX_WAITING: "5",
      JOB_ATTEMPTS: "6",
      RETRY_BASE_DELAY_MS: "7",
      RETRY_MAX_DELAY_MS: "11",
      JOB_TIMEOUT_MS: "8",
      RETRY_MAX_ATTEMPTS: "12",
      HEDGE_AFTER_MS: "18",
      CIRCUIT_ERROR_PERCENT: "14",
      CIRCUIT_MIN_CALLS: "15",
      CIRCUIT_WINDOW_MS: "16",
      CIRCUIT_RESET_MS: "17",
      RETRY_AFTER_MAX_WAIT_MS: "13",
      JOB_RETENTION_SECONDS: "9",
      WATCH_HEARTBEAT_MS: "10",
      STEPPER_ROLE: "worker",
      REDIS_URL: "redis://a",
      REDIS_KEY_PREFIX: "b",
      QUEUE_NAME: "c",
      REDACT_ENABLED: "false",
      DISCORD_WEBHOOK_URL: "https://discord.example/d",
      ALERT_THROTTLE_SECONDS: "19",
    });
    expect(settings).toEqual({
      redact: false,
      providers: [],
      reportTtlMs: 1_000,
      staleAfterMs: 2_000,
      staleWhileRevalidate: false,
      fallbackTtlMs: 3_000,
      concurrency: 4,
      maxWaiting: 5,
      maxRuns: 6,
      retryDelayMs: 7,
      maxRetryDelayMs: 11,
      jobTimeoutMs: 8,
      hedgeAfterMs: 18,
      circuit: { errorPercent: 14, minCalls: 15, windowMs: 16, resetMs: 17 },
      retryMaxAttempts: 12,
      retryAfterMaxWaitMs: 13,
      retentionMs: 9_000,
      heartbeatMs: 10,
      role: "worker",
      redis: { url: "redis://a", keyPrefix: "b", queueName: "c" },
      alerts: { discordWebhookUrl: "https://discord.example/d", throttleMs: 19_000 },
    });
  });
});

describe("providers", () => {
  it.each(PROVIDER_NAMES)("%s has each of its variables where its adapter looks for it", (name) => {
    const prefix = toVariablePrefix(name);
    const hasUrl = name === "hf-space" || name === "openai-compatible";
    const own = {
      ...(hasUrl && { [`${prefix}_URL`]: "https://own.example/v1" }),
      ...(name !== "hf-space" && { [`${prefix}_MODEL`]: "model-1" }),
    };
    const { providers } = settingsOf({
      [`${prefix}_ENABLED`]: "true",
      [`${prefix}_API_KEY`]: "key-1",
      [`${prefix}_BASE_URL`]: "https://proxy.example/v2",
      [`${prefix}_TIMEOUT`]: "1234",
      [`${prefix}_CONCURRENCY`]: "7",
      [`${prefix}_RPS`]: "0.5",
      ...own,
    });
    expect(providers).toEqual([
      {
        name,
        url: hasUrl ? "https://own.example/v1" : undefined,
        apiKey: "key-1",
        model: name === "hf-space" ? undefined : "model-1",
        baseUrl: "https://proxy.example/v2",
        timeoutMs: 1_234,
        concurrency: 7,
        perSecond: 0.5,
      },
    ]);
  });

  it("stand in the order of PROVIDER_ORDER", () => {
    expect(namesOf(everyProvider)).toEqual([...PROVIDER_NAMES]);
    const PROVIDER_ORDER = [...PROVIDER_NAMES].reverse().join(",");
    expect(namesOf({ ...everyProvider, PROVIDER_ORDER })).toEqual([...PROVIDER_NAMES].reverse());
  });

  it("are those that are both named and switched on", () => {
    expect(namesOf({ ...everyProvider, PROVIDER_ORDER: "cohere,gemini" })).toEqual(["cohere", "gemini"]);
    const off = { ...everyProvider, COHERE_ENABLED: "false" };
    expect(namesOf({ ...off, PROVIDER_ORDER: "cohere,gemini" })).toEqual(["gemini"]);
  });
});

describe("toTlsFiles", () => {
  const pair = { TLS_CERT_FILE: "a.pem", TLS_KEY_FILE: "b.pem" };

  it.each([
    ["no files when TLS is off", {}, undefined],
    ["certificate and key", pair, { certFile: "a.pem", keyFile: "b.pem", clientCaFile: undefined }],
    [
      "the clients' authority too",
      { ...pair, TLS_CLIENT_CA_FILE: "c.pem" },
      { certFile: "a.pem", keyFile: "b.pem", clientCaFile: "c.pem" },
    ],
  ])("gives %s", (_, variables, files) => {
    expect(toTlsFiles(loadConfig(variables))).toEqual(files);
  });
});
