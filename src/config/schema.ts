import { z } from "zod";
import { headerName, headerValues, optionalKey, origins, tenantKeys, trustProxy } from "./door-values.ts";
import { PROVIDER_NAMES } from "./provider-names.ts";
import {
  isRedisUrl,
  KEY_PREFIX_PATTERN,
  KEY_PREFIX_PROBLEM,
  QUEUE_NAME_PATTERN,
  QUEUE_NAME_PROBLEM,
  REDIS_URL_PROBLEM,
} from "./redis-names.ts";
import {
  flag,
  limit,
  list,
  milliseconds,
  optionalMilliseconds,
  optionalPort,
  oneOf,
  optionalText,
  optionalUrl,
  text,
  wholeNumber,
} from "./values.ts";

const server = {
  PORT: wholeNumber(3001, 0, 65_535).describe("Port of every protocol; 0 takes a free one."),
  METRICS_PORT: optionalPort.describe(
    "Port of /metrics alone, which the other port then has not; unset for /metrics on PORT.",
  ),
  HOST: text("0.0.0.0").describe("Address to listen on."),
  LOG_LEVEL: oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"], "info").describe(
    "Least severe log lines that are written.",
  ),
  NODE_ENV: text("production").describe("production, development or test."),
  STEPPER_ROLE: oneOf(["all", "api", "worker"], "all").describe(
    "What this process does: answer calls, run jobs, or both. Other than all needs REDIS_URL.",
  ),
  SHUTDOWN_TIMEOUT_MS: milliseconds(30_000, 0).describe("How long running jobs may finish after SIGTERM."),
  WATCH_HEARTBEAT_MS: milliseconds(15_000).describe(
    "Silence on a WatchJob stream after which a heartbeat is sent.",
  ),
  TLS_CERT_FILE: optionalText.describe(
    "PEM file with the certificate chain; set with TLS_KEY_FILE to serve TLS.",
  ),
  TLS_KEY_FILE: optionalText.describe("PEM file with the certificate's private key."),
  TLS_CLIENT_CA_FILE: optionalText.describe(
    "PEM file of the authority that clients' certificates must come from.",
  ),
};

const engine = {
  REDIS_URL: optionalText
    .refine((url) => url === undefined || isRedisUrl(url), REDIS_URL_PROBLEM)
    .describe(
      "redis:// or rediss:// address, or several of a cluster's nodes; unset runs on the memory engine.",
    ),
  REDIS_KEY_PREFIX: text("stepper")
    .refine((prefix) => KEY_PREFIX_PATTERN.test(prefix), KEY_PREFIX_PROBLEM)
    .describe("Start of every key in Redis."),
  CACHE_TTL_SECONDS: wholeNumber(604_800, 1).describe("How long a report is kept."),
  CACHE_STALE_AFTER_SECONDS: wholeNumber(86_400, 0).describe(
    "Age at which a report is stale and gets refreshed.",
  ),
  CACHE_STALE_WHILE_REVALIDATE: flag(true).describe("Answer with a stale report while its refresh runs."),
  FALLBACK_TTL_SECONDS: wholeNumber(300, 1).describe("How long a template report is kept."),
  QUEUE_NAME: text("report-generation")
    .refine((name) => QUEUE_NAME_PATTERN.test(name), QUEUE_NAME_PROBLEM)
    .describe("Name of the queue in Redis."),
  QUEUE_CONCURRENCY: wholeNumber(5, 1, 10_000).describe("Most jobs that a process runs at once."),
  QUEUE_MAX_WAITING: wholeNumber(10_000, 1).describe(
    "Most jobs that may wait; past it, callers are told to come back.",
  ),
  JOB_ATTEMPTS: wholeNumber(3, 1, 100).describe("Most runs of one job, should a run break."),
  JOB_TIMEOUT_MS: milliseconds(120_000).describe("Time for the providers of one job, all together."),
  JOB_RETENTION_SECONDS: wholeNumber(604_800, 1).describe("How long an ended job stays readable."),
};

const resilience = {
  RETRY_MAX_ATTEMPTS: wholeNumber(3, 1, 100).describe("Most calls to one provider for one job."),
  RETRY_BASE_DELAY_MS: milliseconds(500, 0).describe(
    "Delay before the first retry; doubles with each further one.",
  ),
  RETRY_MAX_DELAY_MS: milliseconds(10_000, 0).describe("Longest delay between retries."),
  RETRY_AFTER_MAX_WAIT_MS: milliseconds(60_000, 0).describe(
    "Longest wait for a provider that asked to be left alone.",
  ),
  HEDGE_AFTER_MS: optionalMilliseconds.describe(
    "Ask a second provider too when the first has not answered after so long; unset: never.",
  ),
  CIRCUIT_ERROR_PERCENT: wholeNumber(50, 1, 100).describe(
    "Share of failed calls that opens a provider's circuit.",
  ),
  CIRCUIT_MIN_CALLS: wholeNumber(5, 1).describe("Calls in the window before a circuit may open."),
  CIRCUIT_WINDOW_MS: milliseconds(60_000).describe("Time over which calls are counted."),
  CIRCUIT_RESET_MS: milliseconds(30_000).describe("How long a circuit stays open before a probe."),
};

/** The variables that every provider has, and its own ahead of them. */
function provider<const Prefix extends string>(prefix: Prefix, title: string) {
  return {
    [`${prefix}_BASE_URL`]: optionalUrl.describe(`Address of ${title}, when it is not the vendor's own.`),
    [`${prefix}_TIMEOUT`]: milliseconds(30_000).describe(`Longest call to ${title}, in milliseconds.`),
    [`${prefix}_RPS`]: limit(3).describe(`Most calls to ${title} a second; empty for no limit.`),
    [`${prefix}_CONCURRENCY`]: wholeNumber(2, 1, 10_000).describe(`Most calls to ${title} at once.`),
  } as Record<`${Prefix}_BASE_URL`, typeof optionalUrl> &
    Record<`${Prefix}_TIMEOUT` | `${Prefix}_CONCURRENCY`, ReturnType<typeof wholeNumber>> &
    Record<`${Prefix}_RPS`, ReturnType<typeof limit>>;
}

const providers = {
  PROVIDER_ORDER: list
    .transform((names) => (names.length > 0 ? names : [...PROVIDER_NAMES]))
    .meta({ default: PROVIDER_NAMES.join(",") })
    .describe("Providers in the order in which they are tried; the enabled ones among them are used."),
  HF_SPACE_ENABLED: flag(false).describe("Use a Hugging Face Space."),
  HF_SPACE_URL: optionalUrl.describe("Address of the Space."),
  HF_SPACE_API_KEY: optionalText.describe("Key of the Space, when it needs one."),
  ...provider("HF_SPACE", "the Space"),
  GEMINI_ENABLED: flag(false).describe("Use Google Gemini."),
  GEMINI_API_KEY: optionalText.describe("Key for Gemini."),
  GEMINI_MODEL: optionalText.describe("Model of Gemini; unset takes the adapter's default."),
  ...provider("GEMINI", "Gemini"),
  COHERE_ENABLED: flag(false).describe("Use Cohere."),
  COHERE_API_KEY: optionalText.describe("Key for Cohere."),
  COHERE_MODEL: optionalText.describe("Model of Cohere; unset takes the adapter's default."),
  ...provider("COHERE", "Cohere"),
  OPENAI_ENABLED: flag(false).describe("Use OpenAI."),
  OPENAI_API_KEY: optionalText.describe("Key for OpenAI."),
  OPENAI_MODEL: optionalText.describe("Model of OpenAI; unset takes the adapter's default."),
  ...provider("OPENAI", "OpenAI"),
  ANTHROPIC_ENABLED: flag(false).describe("Use Anthropic."),
  ANTHROPIC_API_KEY: optionalText.describe("Key for Anthropic."),
  ANTHROPIC_MODEL: optionalText.describe("Model of Anthropic; unset takes the adapter's default."),
  ...provider("ANTHROPIC", "Anthropic"),
  OPENAI_COMPATIBLE_ENABLED: flag(false).describe(
    "Use any endpoint that speaks OpenAI's chat completions: Ollama, vLLM, llama.cpp, Groq, OpenRouter.",
  ),
  OPENAI_COMPATIBLE_URL: optionalUrl.describe("Address of the endpoint, such as http://localhost:11434/v1."),
  OPENAI_COMPATIBLE_API_KEY: optionalText.describe("Key of the endpoint, when it needs one."),
  OPENAI_COMPATIBLE_MODEL: optionalText.describe("Model of the endpoint."),
  ...provider("OPENAI_COMPATIBLE", "the endpoint"),
};

const door = {
  CORS_ENABLED: flag(true).describe("Answer browsers from the allowed origins."),
  CORS_ALLOWED_ORIGINS: origins.describe(
    "Origins that browsers may call from, comma-separated; none by default.",
  ),
  CORS_ALLOW_CREDENTIALS: flag(false).describe("Let browsers send credentials."),
  RATE_LIMIT_ENABLED: flag(true).describe("Limit how often a client may call."),
  RATE_LIMIT_WINDOW_MS: milliseconds(900_000).describe("Time over which calls are counted."),
  RATE_LIMIT_MAX_REQUESTS: wholeNumber(100, 1).describe("Most calls of one address in the window."),
  RATE_LIMIT_MAX_PER_USER: wholeNumber(50, 1).describe("Most calls of one user in the window."),
  RATE_LIMIT_SKIP_HEALTH: flag(true).describe("Leave health and metrics uncounted."),
  HELMET_ENABLED: flag(true).describe("Send security headers with HTTP answers."),
  API_KEY_ENABLED: flag(false).describe("Ask for an API key."),
  API_KEY_HEADER: headerName("x-api-key").describe(
    "Header that carries the key; Authorization: Bearer does, too.",
  ),
  STEPPER_API_KEY: optionalKey.describe("The key of the tenant default."),
  STEPPER_API_KEYS: tenantKeys.describe(
    "Keys by tenant: tenant=key, comma-separated; a tenant may have several.",
  ),
  API_KEY_SKIP_HEALTH: flag(true).describe("Leave health and metrics open."),
  TRUST_PROXY: trustProxy.describe(
    "Proxies whose X-Forwarded-For counts: 1, true, or addresses; unset trusts none.",
  ),
  REDACT_ENABLED: flag(true).describe(
    "Take secrets and personal data out before anything is stored or sent.",
  ),
  DISCORD_WEBHOOK_URL: optionalUrl.describe(
    "Discord webhook that is told of failing providers and jobs, and of a Redis that is away.",
  ),
  ALERT_THROTTLE_SECONDS: wholeNumber(300, 0, 2_147_483).describe(
    "Each kind of alert at most once in this time; 0 holds none back.",
  ),
};

const telemetry = {
  OTEL_EXPORTER_OTLP_ENDPOINT: optionalUrl.describe(
    "Collector for traces, such as http://localhost:4318: OTLP over HTTP in JSON; unset: no traces.",
  ),
  OTEL_EXPORTER_OTLP_HEADERS: headerValues.describe(
    "Headers for the collector: name=value, comma-separated, values percent-encoded.",
  ),
  OTEL_SERVICE_NAME: text("stepper").describe("Name of this service in traces."),
};

/** Variables that belong together, in the order in which they are shown. */
export const environmentGroups = { server, engine, resilience, providers, door, telemetry };

/** Every variable that stepper reads, with its default and a line of help in its metadata. */
export const environmentSchema = z.object({
  ...server,
  ...engine,
  ...resilience,
  ...providers,
  ...door,
  ...telemetry,
});

/** The environment, read and checked. */
export type Environment = z.output<typeof environmentSchema>;
