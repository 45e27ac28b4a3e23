const provider = { BASE_URL: undefined, TIMEOUT: 30_000, RPS: 3, CONCURRENCY: 2 };
const vendor = { ENABLED: false, API_KEY: undefined, MODEL: undefined, ...provider };

/** A provider's variables, with their names in full. */
function prefixed(prefix: string, variables: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${prefix}_${name}`, value]));
}

/** The table of the contract's section on the environment, as the configuration has it: every variable's default. */
export const CONTRACT_DEFAULTS: Readonly<Record<string, unknown>> = {
  PORT: 3001,
  METRICS_PORT: undefined,
  HOST: "0.0.0.0",
  LOG_LEVEL: "info",
  NODE_ENV: "production",
  STEPPER_ROLE: "all",
  SHUTDOWN_TIMEOUT_MS: 30_000,
  WATCH_HEARTBEAT_MS: 15_000,
  TLS_CERT_FILE: undefined,
  TLS_KEY_FILE: undefined,
  TLS_CLIENT_CA_FILE: undefined,

  REDIS_URL: undefined,
  REDIS_KEY_PREFIX: "stepper",
  CACHE_TTL_SECONDS: 604_800,
  CACHE_STALE_AFTER_SECONDS: 86_400,
  CACHE_STALE_WHILE_REVALIDATE: true,
  FALLBACK_TTL_SECONDS: 300,
  QUEUE_NAME: "report-generation",
  QUEUE_CONCURRENCY: 5,
  QUEUE_MAX_WAITING: 10_000,
  JOB_ATTEMPTS: 3,
  JOB_TIMEOUT_MS: 120_000,
  JOB_RETENTION_SECONDS: 604_800,

  RETRY_MAX_ATTEMPTS: 3,
  RETRY_BASE_DELAY_MS: 500,
  RETRY_MAX_DELAY_MS: 10_000,
  RETRY_AFTER_MAX_WAIT_MS: 60_000,
  HEDGE_AFTER_MS: undefined,
  CIRCUIT_ERROR_PERCENT: 50,
  CIRCUIT_MIN_CALLS: 5,
  CIRCUIT_WINDOW_MS: 60_000,
  CIRCUIT_RESET_MS: 30_000,

  PROVIDER_ORDER: ["hf-space", "gemini", "cohere", "openai", "anthropic", "openai-compatible"],
  ...prefixed("HF_SPACE", { ENABLED: false, URL: undefined, API_KEY: undefined, ...provider }),
  ...prefixed("GEMINI", vendor),
  ...prefixed("COHERE", vendor),
  ...prefixed("OPENAI", vendor),
  ...prefixed("ANTHROPIC", vendor),
  ...prefixed("OPENAI_COMPATIBLE", { URL: undefined, ...vendor }),

  CORS_ENABLED: true,
  CORS_ALLOWED_ORIGINS: [],
  CORS_ALLOW_CREDENTIALS: false,
  RATE_LIMIT_ENABLED: true,
  RATE_LIMIT_WINDOW_MS: 900_000,
  RATE_LIMIT_MAX_REQUESTS: 100,
  RATE_LIMIT_MAX_PER_USER: 50,
  RATE_LIMIT_SKIP_HEALTH: true,
  HELMET_ENABLED: true,
  API_KEY_ENABLED: false,
  API_KEY_HEADER: "x-api-key",
  STEPPER_API_KEY: undefined,
  STEPPER_API_KEYS: [],
  API_KEY_SKIP_HEALTH: true,
  TRUST_PROXY: undefined,
  REDACT_ENABLED: true,
  DISCORD_WEBHOOK_URL: undefined,
  ALERT_THROTTLE_SECONDS: 300,
  OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
  OTEL_EXPORTER_OTLP_HEADERS: {},
  OTEL_SERVICE_NAME: "stepper",
};
