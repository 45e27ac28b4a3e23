import { PROVIDER_NAMES, toVariablePrefix } from "./provider-names.ts";
import { DEFAULT_TENANT } from "./door-values.ts";
import type { ProviderName } from "./provider-names.ts";
import type { Environment } from "./schema.ts";

/** A rule over several variables: what is wrong, or undefined. */
type Rule = (environment: Environment) => string | undefined;

/** What must be set for each provider that is switched on. */
const REQUIRED: Readonly<Record<ProviderName, readonly ("URL" | "API_KEY" | "MODEL")[]>> = {
  "hf-space": ["URL"],
  gemini: ["API_KEY"],
  cohere: ["API_KEY"],
  openai: ["API_KEY"],
  anthropic: ["API_KEY"],
  "openai-compatible": ["URL", "MODEL"],
};

const rules: readonly Rule[] = [
  ({ PORT, METRICS_PORT }) =>
    METRICS_PORT === PORT && PORT !== 0
      ? "METRICS_PORT and PORT must differ; leave METRICS_PORT out to have /metrics on PORT"
      : undefined,
  ({ TLS_CERT_FILE, TLS_KEY_FILE }) =>
    (TLS_CERT_FILE === undefined) === (TLS_KEY_FILE === undefined)
      ? undefined
      : "TLS_CERT_FILE and TLS_KEY_FILE must be set together",
  ({ TLS_CLIENT_CA_FILE, TLS_CERT_FILE }) =>
    TLS_CLIENT_CA_FILE !== undefined && TLS_CERT_FILE === undefined
      ? "TLS_CLIENT_CA_FILE needs TLS_CERT_FILE and TLS_KEY_FILE"
      : undefined,
  ({ STEPPER_ROLE, REDIS_URL }) =>
    STEPPER_ROLE !== "all" && REDIS_URL === undefined
      ? `STEPPER_ROLE=${STEPPER_ROLE} needs REDIS_URL: with the memory engine one process does all`
      : undefined,
  ({ PROVIDER_ORDER }) => {
    const unknown = PROVIDER_ORDER.filter((name) => !PROVIDER_NAMES.some((known) => known === name));
    return unknown.length === 0
      ? undefined
      : `PROVIDER_ORDER names ${unknown.join(", ")}; known are ${PROVIDER_NAMES.join(", ")}`;
  },
  ({ PROVIDER_ORDER }) => {
    const twice = PROVIDER_ORDER.filter((name, index) => PROVIDER_ORDER.indexOf(name) !== index);
    return twice.length === 0 ? undefined : `PROVIDER_ORDER names ${twice.join(", ")} more than once`;
  },
  ({ API_KEY_ENABLED, STEPPER_API_KEY, STEPPER_API_KEYS }) =>
    API_KEY_ENABLED && STEPPER_API_KEY === undefined && STEPPER_API_KEYS.length === 0
      ? "API_KEY_ENABLED is true, but no key is set: set STEPPER_API_KEY or STEPPER_API_KEYS"
      : undefined,
  ({ API_KEY_ENABLED, STEPPER_API_KEY, STEPPER_API_KEYS }) => {
    if (!API_KEY_ENABLED) return undefined;
    const tenants = new Map(STEPPER_API_KEY === undefined ? [] : [[STEPPER_API_KEY, DEFAULT_TENANT]]);
    const shared = STEPPER_API_KEYS.filter(({ tenant, key }) => {
      const other = tenants.get(key);
      tenants.set(key, tenant);
      return other !== undefined && other !== tenant;
    });
    return shared.length === 0
      ? undefined
      : `STEPPER_API_KEYS gives ${shared.map(({ tenant }) => tenant).join(", ")} a key of another tenant's`;
  },
];

/** Every conflict between variables, by their names. */
export function findConflicts(environment: Environment): readonly string[] {
  const broken = rules.map((rule) => rule(environment)).filter((problem) => problem !== undefined);
  return [...broken, ...PROVIDER_NAMES.flatMap((name) => missingFor(name, environment))];
}

function missingFor(name: ProviderName, environment: Readonly<Record<string, unknown>>): readonly string[] {
  const prefix = toVariablePrefix(name);
  if (environment[`${prefix}_ENABLED`] !== true) return [];
  return REQUIRED[name]
    .filter((part) => environment[`${prefix}_${part}`] === undefined)
    .map((part) => `${prefix}_${part} must be set when ${prefix}_ENABLED is true`);
}
