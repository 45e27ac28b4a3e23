import { DEFAULT_TENANT } from "./config/door-values.ts";
import { PROVIDER_NAMES, toVariablePrefix } from "./config/provider-names.ts";
import type { ProviderName } from "./config/provider-names.ts";
import type { Environment } from "./config/schema.ts";
import type { AdmissionSettings } from "./rpc/admission/admission.ts";
import type { TlsFiles } from "./rpc/listener.ts";
import type { StepperSettings } from "./stepper-settings.ts";

/** What the environment tells a stepper. */
export function toSettings(environment: Environment): StepperSettings {
  return {
    providers: environment.PROVIDER_ORDER.filter(isProviderName)
      .map((name) => toProviderSettings(environment, name))
      .filter((settings) => settings !== undefined),
    reportTtlMs: environment.CACHE_TTL_SECONDS * 1_000,
    staleAfterMs: environment.CACHE_STALE_AFTER_SECONDS * 1_000,
    staleWhileRevalidate: environment.CACHE_STALE_WHILE_REVALIDATE,
    fallbackTtlMs: environment.FALLBACK_TTL_SECONDS * 1_000,
    concurrency: environment.QUEUE_CONCURRENCY,
    maxWaiting: environment.QUEUE_MAX_WAITING,
    maxRuns: environment.JOB_ATTEMPTS,
    retryDelayMs: environment.RETRY_BASE_DELAY_MS,
    maxRetryDelayMs: environment.RETRY_MAX_DELAY_MS,
    hedgeAfterMs: environment.HEDGE_AFTER_MS,
    circuit: {
      errorPercent: environment.CIRCUIT_ERROR_PERCENT,
      minCalls: environment.CIRCUIT_MIN_CALLS,
      windowMs: environment.CIRCUIT_WINDOW_MS,
      resetMs: environment.CIRCUIT_RESET_MS,
    },
    retryMaxAttempts: environment.RETRY_MAX_ATTEMPTS,
    retryAfterMaxWaitMs: environment.RETRY_AFTER_MAX_WAIT_MS,
    jobTimeoutMs: environment.JOB_TIMEOUT_MS,
    retentionMs: environment.JOB_RETENTION_SECONDS * 1_000,
    heartbeatMs: environment.WATCH_HEARTBEAT_MS,
    redact: environment.REDACT_ENABLED,
    role: environment.STEPPER_ROLE,
    alerts: toAlertSettings(environment),
    redis: toRedisSettings(environment),
  };
}

/** Who hears of trouble, when somebody does. */
function toAlertSettings({ DISCORD_WEBHOOK_URL, ALERT_THROTTLE_SECONDS }: Environment) {
  return DISCORD_WEBHOOK_URL === undefined
    ? undefined
    : { discordWebhookUrl: DISCORD_WEBHOOK_URL, throttleMs: ALERT_THROTTLE_SECONDS * 1_000 };
}

/** Where Redis is, when it is used. */
function toRedisSettings({ REDIS_URL, REDIS_KEY_PREFIX, QUEUE_NAME }: Environment): StepperSettings["redis"] {
  return REDIS_URL === undefined
    ? undefined
    : { url: REDIS_URL, keyPrefix: REDIS_KEY_PREFIX, queueName: QUEUE_NAME };
}

/** The certificate files, when TLS is on. */
export function toTlsFiles(environment: Environment): TlsFiles | undefined {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CA_FILE } = environment;
  if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined) return undefined;
  return { certFile: TLS_CERT_FILE, keyFile: TLS_KEY_FILE, clientCaFile: TLS_CLIENT_CA_FILE };
}

/** Who is let in, and how often. */
export function toAdmissionSettings(environment: Environment): AdmissionSettings {
  const { API_KEY_HEADER: header, STEPPER_API_KEY, STEPPER_API_KEYS } = environment;
  const keys = [
    ...(STEPPER_API_KEY === undefined ? [] : [{ tenant: DEFAULT_TENANT, key: STEPPER_API_KEY }]),
    ...STEPPER_API_KEYS,
  ];
  return {
    apiKeys: environment.API_KEY_ENABLED
      ? { header, keys, skipHealth: environment.API_KEY_SKIP_HEALTH }
      : undefined,
    rateLimits: environment.RATE_LIMIT_ENABLED
      ? {
          windowMs: environment.RATE_LIMIT_WINDOW_MS,
          maxPerAddress: environment.RATE_LIMIT_MAX_REQUESTS,
          maxPerUser: environment.RATE_LIMIT_MAX_PER_USER,
          skipHealth: environment.RATE_LIMIT_SKIP_HEALTH,
        }
      : undefined,
    trustProxy: environment.TRUST_PROXY,
    cors: environment.CORS_ENABLED
      ? {
          allowedOrigins: environment.CORS_ALLOWED_ORIGINS,
          allowCredentials: environment.CORS_ALLOW_CREDENTIALS,
          apiKeyHeader: header,
        }
      : undefined,
    securityHeaders: environment.HELMET_ENABLED,
  };
}

function isProviderName(name: string): name is ProviderName {
  return PROVIDER_NAMES.some((known) => known === name);
}

/** Every provider's variables are named alike, so one function reads them all. */
function toProviderSettings(environment: Environment, name: ProviderName) {
  const prefix = toVariablePrefix(name);
  const variables: Readonly<Record<string, unknown>> = environment;
  if (variables[`${prefix}_ENABLED`] !== true) return undefined;
  const text = (part: string): string | undefined => {
    const value = variables[`${prefix}_${part}`];
    return typeof value === "string" ? value : undefined;
  };
  const number = (part: string): number | undefined => {
    const value = variables[`${prefix}_${part}`];
    return typeof value === "number" ? value : undefined;
  };
  return {
    name,
    url: text("URL"),
    apiKey: text("API_KEY"),
    model: text("MODEL"),
    baseUrl: text("BASE_URL"),
    timeoutMs: number("TIMEOUT"),
    concurrency: number("CONCURRENCY"),
    perSecond: number("RPS"),
  };
}
