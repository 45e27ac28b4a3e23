import { RequestError } from "../../core/errors.ts";
import type { RateCounter } from "../../core/ports.ts";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import { PUBLIC_TENANT } from "../request-context.ts";
import { createApiKeys } from "./api-keys.ts";
import type { ApiKeySettings } from "./api-keys.ts";
import { createCors, createSecurityHeaders } from "./browsers.ts";
import type { CorsSettings } from "./browsers.ts";
import { createClientAddress } from "./client-address.ts";
import type { TrustProxy } from "./client-address.ts";
import { createRateLimits } from "./rate-limits.ts";
import type { RateLimits, RateLimitSettings } from "./rate-limits.ts";

/** Who is let in, and how often. Everything that is left out is off. */
export interface AdmissionSettings {
  /** Without keys, everybody is of the tenant `public`. */
  readonly apiKeys?: (ApiKeySettings & { readonly skipHealth: boolean }) | undefined;
  readonly rateLimits?: (RateLimitSettings & { readonly skipHealth: boolean }) | undefined;
  readonly trustProxy?: TrustProxy | undefined;
  readonly cors?: CorsSettings | undefined;
  readonly securityHeaders?: boolean | undefined;
}

/** Who calls. */
interface Caller {
  /** Undefined when a key is asked for and none that is known was given. */
  readonly tenant: string | undefined;
  readonly address: string;
}

/**
 * Stands before every door, of whatever protocol, and looks at headers alone: whoever is refused has had nothing of a
 * body read, and no door has rules of its own.
 */
export interface Admission {
  identify(request: HttpRequest): Caller;
  /** Sets the headers for browsers. True when the request was a browser's preflight, and is answered. */
  prepare(request: HttpRequest, response: HttpResponse): boolean;
  /** @throws {RequestError} `rate_limited`, `unauthenticated` */
  admit(path: string, caller: Caller, response: HttpResponse): Promise<void>;
  /** For counting users, which only a message names. */
  readonly limits: RateLimits | undefined;
}

/** What probes and operators read; neither a key nor a limit should keep them from it unless somebody says so. */
const HEALTH_PATH = /^\/(?:health|livez|readyz|metrics|grpc\.health\.v1\.Health\/.*)$/;

const NO_KEY = "an API key is missing or wrong";

export function createAdmission(settings: AdmissionSettings, counter: RateCounter): Admission {
  const { apiKeys, rateLimits } = settings;
  const findTenant = apiKeys ? createApiKeys(apiKeys) : () => PUBLIC_TENANT;
  const findAddress = createClientAddress(settings.trustProxy);
  const limits = rateLimits && createRateLimits(counter, rateLimits);
  const headers = [
    ...(settings.securityHeaders ? [createSecurityHeaders()] : []),
    ...(settings.cors ? [createCors(settings.cors)] : []),
  ];

  return {
    limits,
    identify: (request) => ({ tenant: findTenant(request.headers), address: findAddress(request) }),
    prepare: (request, response) => headers.some((set) => set(request, response)),
    admit: async (path, { tenant, address }, response) => {
      const isHealth = HEALTH_PATH.test(path);
      // First: who tries keys is counted, too.
      if (!(isHealth && rateLimits?.skipHealth)) await limits?.countAddress(address, response);
      if (tenant === undefined && !(isHealth && apiKeys?.skipHealth)) {
        throw new RequestError("unauthenticated", NO_KEY);
      }
    },
  };
}
