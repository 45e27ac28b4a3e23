import { z } from "zod";
import { PROVIDER_NAMES } from "./config/provider-names.ts";
import {
  isRedisUrl,
  KEY_PREFIX_PATTERN,
  KEY_PREFIX_PROBLEM,
  QUEUE_NAME_PATTERN,
  QUEUE_NAME_PROBLEM,
  REDIS_URL_PROBLEM,
} from "./config/redis-names.ts";
import { isHttpUrl } from "./config/values.ts";
import { InvalidArgumentError } from "./core/errors.ts";
import { expected, toFieldPath } from "./core/field.ts";
import type { ProviderAdapter } from "./core/ports.ts";
import type { BreakerSettings } from "./providers/breaker.ts";
import type { ProviderSettings } from "./providers/provider-settings.ts";

/**
 * What a stepper can be told. Numbers are whole, times are in milliseconds. Those that a timer waits for are at most
 * 2,147,483,647 (25 days); how long something is kept has no upper bound.
 */
export interface StepperSettings {
  /** In the order in which they are tried: the ones that stepper brings along by name, or your own. Default: none. */
  readonly providers: readonly (ProviderSettings | ProviderAdapter)[];
  /** How long a report is kept, at least 1. Default 604,800,000: a week. */
  readonly reportTtlMs: number;
  /** Age at which a report is stale and gets refreshed. Default 86,400,000: a day. */
  readonly staleAfterMs: number;
  /** Answer with a stale report while its refresh runs. Default true. */
  readonly staleWhileRevalidate: boolean;
  /** How long a report is kept that no model wrote, at least 1. Default 300,000. */
  readonly fallbackTtlMs: number;
  /** Most jobs that run at once, 1–10,000. Default 5. */
  readonly concurrency: number;
  /** Most jobs that may wait, at least 1. Default 10,000. */
  readonly maxWaiting: number;
  /** Most runs of one job, should a run break, 1–100. Default 3. */
  readonly maxRuns: number;
  /** Delay before a second call to a provider, and before a job's second run; doubles with each further one. Default 500. */
  readonly retryDelayMs: number;
  /** Longest of these delays; a provider that wants to be left alone for longer is passed over. Default 10,000. */
  readonly maxRetryDelayMs: number;
  /** Ask a second provider too when the first has not answered after so long; the first report wins. Default: never. */
  readonly hedgeAfterMs?: number | undefined;
  /** When a provider's circuit opens, and for how long. Default: 50 percent of at least 5 calls in 60,000; 30,000. */
  readonly circuit: BreakerSettings;
  /** Most times that one job asks a provider which fails for a while, 1–100. Default 3. */
  readonly retryMaxAttempts: number;
  /** Longest that one job waits for providers that asked to be left alone. Default 60,000. */
  readonly retryAfterMaxWaitMs: number;
  /** Time for the providers of one job, all together; at least 1. Default 120,000. */
  readonly jobTimeoutMs: number;
  /** How long an ended job stays readable, at least 1. Default 604,800,000: a week. */
  readonly retentionMs: number;
  /** Silence after which a watcher gets a heartbeat, at least 1. Default 15,000. */
  readonly heartbeatMs: number;
  /**
   * Take secrets and personal data out of commits before anything is kept or sent, and of what models write. Default
   * true.
   */
  readonly redact: boolean;
  /** Where alerts go. Default: nowhere. */
  readonly alerts?: AlertSettings | undefined;
  /** Where jobs and reports live, to be shared by many processes. Default: in this process's memory. */
  readonly redis?: RedisSettings | undefined;
  /** What this process does: answer calls, run jobs, or both. Other than `all`, the default, needs `redis`. */
  readonly role: "all" | "api" | "worker";
}

/** Who hears of failing providers and jobs. */
export interface AlertSettings {
  /** Discord's webhook of a channel; a secret. */
  readonly discordWebhookUrl: string;
  /** Each kind of alert is sent at most once in this time, by all processes that share a Redis. Default 300,000. */
  readonly throttleMs: number;
}

/** A Redis, and stepper's place in it. */
export interface RedisSettings {
  /** `redis://` or `rediss://`; several addresses, separated by commas, are nodes of one cluster. */
  readonly url: string;
  /** Start of every key; processes that share it share everything. Default `stepper`. */
  readonly keyPrefix: string;
  /** Name of the BullMQ queue. Default `report-generation`. */
  readonly queueName: string;
}

/** Node's longest timer: a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

function wholeNumber(min: number, max?: number) {
  const problem = `must be a whole number ${max === undefined ? `of at least ${min}` : `from ${min} to ${max}`}`;
  return z
    .number(problem)
    .refine((value) => Number.isInteger(value) && value >= min && value <= (max ?? Infinity), problem);
}

const adapterSchema = z.object({
  name: z.string(expected("text")).refine((name) => name.trim() !== "", "must not be empty"),
  call: z.custom<ProviderAdapter["call"]>((call) => typeof call === "function", "must be a function"),
});

const optionalText = z.string(expected("text")).optional();

const vendorSchema = z.object(
  {
    name: z.enum(
      PROVIDER_NAMES,
      expected(`one of ${PROVIDER_NAMES.join(", ")}, or come with a function call`),
    ),
    url: optionalText,
    apiKey: optionalText,
    model: optionalText,
    baseUrl: optionalText,
    timeoutMs: wholeNumber(1, LONGEST_TIMER_MS).optional(),
    concurrency: wholeNumber(1, 10_000).optional(),
    perSecond: z
      .number(expected("a number"))
      .positive("must be above 0")
      .max(10_000, "must be at most 10000")
      .optional(),
  },
  expected("an object"),
);

/** Handed on as it came: a copy of a class's object would lack its private fields. */
const providerSchema = z
  .custom<ProviderSettings | ProviderAdapter>()
  .superRefine((provider: unknown, context) => {
    const isAdapter = typeof provider === "object" && provider !== null && "call" in provider;
    const { error } = (isAdapter ? adapterSchema : vendorSchema).safeParse(provider);
    for (const { path, message } of error?.issues ?? []) context.addIssue({ code: "custom", path, message });
  });

const redisSchema = z.object(
  {
    url: z.string(expected("text")).refine(isRedisUrl, REDIS_URL_PROBLEM),
    keyPrefix: z.string(expected("text")).regex(KEY_PREFIX_PATTERN, KEY_PREFIX_PROBLEM).default("stepper"),
    queueName: z
      .string(expected("text"))
      .regex(QUEUE_NAME_PATTERN, QUEUE_NAME_PROBLEM)
      .default("report-generation"),
  },
  expected("an object"),
);

const alertsSchema = z.object(
  {
    discordWebhookUrl: z.string(expected("text")).refine(isHttpUrl, "must be an http or https URL"),
    throttleMs: wholeNumber(0, LONGEST_TIMER_MS).default(300_000),
  },
  expected("an object"),
);

const circuitSchema = z.object(
  {
    errorPercent: wholeNumber(1, 100).default(50),
    minCalls: wholeNumber(1).default(5),
    windowMs: wholeNumber(1, LONGEST_TIMER_MS).default(60_000),
    resetMs: wholeNumber(1, LONGEST_TIMER_MS).default(30_000),
  },
  expected("an object"),
);

const settingsSchema = z
  .object(
    {
      providers: z.array(providerSchema, expected("a list")).default([]),
      // Zero would keep for ever what is kept in an LRU cache.
      reportTtlMs: wholeNumber(1).default(604_800_000),
      staleAfterMs: wholeNumber(0).default(86_400_000),
      staleWhileRevalidate: z.boolean(expected("true or false")).default(true),
      fallbackTtlMs: wholeNumber(1).default(300_000),
      concurrency: wholeNumber(1, 10_000).default(5),
      maxWaiting: wholeNumber(1).default(10_000),
      maxRuns: wholeNumber(1, 100).default(3),
      retryDelayMs: wholeNumber(0, LONGEST_TIMER_MS).default(500),
      maxRetryDelayMs: wholeNumber(0, LONGEST_TIMER_MS).default(10_000),
      hedgeAfterMs: wholeNumber(1, LONGEST_TIMER_MS).optional(),
      circuit: circuitSchema.prefault({}),
      retryMaxAttempts: wholeNumber(1, 100).default(3),
      retryAfterMaxWaitMs: wholeNumber(0, LONGEST_TIMER_MS).default(60_000),
      jobTimeoutMs: wholeNumber(1, LONGEST_TIMER_MS).default(120_000),
      retentionMs: wholeNumber(1).default(604_800_000),
      heartbeatMs: wholeNumber(1, LONGEST_TIMER_MS).default(15_000),
      redact: z.boolean(expected("true or false")).default(true),
      alerts: alertsSchema.optional(),
      redis: redisSchema.optional(),
      role: z.enum(["all", "api", "worker"], expected("one of all, api, worker")).default("all"),
    },
    expected("an object"),
  )
  .refine(({ role, redis }) => role === "all" || redis !== undefined, {
    path: ["role"],
    message: "other than all needs redis",
  });

/** The same defaults as the environment's. */
export const defaultSettings: StepperSettings = settingsSchema.parse({});

/**
 * Checks what an embedding program gives. A setting that is left out or undefined has its default.
 * @throws {InvalidArgumentError} names every setting out of bounds.
 */
export function toStepperSettings(options: unknown): StepperSettings {
  const parsed = settingsSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({
    field: toFieldPath(path),
    description: message,
  }));
  throw new InvalidArgumentError(fields);
}
