import { hash } from "node:crypto";
import { RequestError } from "../../core/errors.ts";
import type { RateCounter } from "../../core/ports.ts";
import type { HttpResponse } from "../node-http.ts";

/** How often one client, and one user, may call. */
export interface RateLimitSettings {
  /** Counted in whole seconds. */
  readonly windowMs: number;
  readonly maxPerAddress: number;
  readonly maxPerUser: number;
}

/** Counts calls; a count beyond its limit is a {@link RequestError} of kind `rate_limited`. */
export interface RateLimits {
  countAddress(address: string, response: HttpResponse): Promise<void>;
  countUser(tenant: string, userId: string, response: HttpResponse): Promise<void>;
}

/** The contract's words, also in the body of plain HTTP. */
const TOO_MANY = "You have exceeded the rate limit. Please try again later.";

/** One budget for each address and each tenant's user, over all processes that share an engine. */
export function createRateLimits(counter: RateCounter, settings: RateLimitSettings): RateLimits {
  async function count(key: string, limit: number, response: HttpResponse): Promise<void> {
    const { isWithin, remaining, resetMs } = await counter.hit(key, limit, settings.windowMs);
    tell(response, { limit, remaining, resetMs });
    if (!isWithin) throw new RequestError("rate_limited", TOO_MANY, { retryAfterMs: Math.max(1, resetMs) });
  }
  return {
    countAddress: (address, response) => count(`address:${address}`, settings.maxPerAddress, response),
    countUser: (tenant, userId, response) =>
      count(`user:${tenant}:${nameless(userId)}`, settings.maxPerUser, response),
  };
}

/** A user's id may be a mail address; what is counted need not say whose it is. */
function nameless(userId: string): string {
  return hash("sha256", userId, "base64url").slice(0, 22);
}

interface Budget {
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** Of two budgets that one call is counted against, the tighter one is told. */
function tell(response: HttpResponse, { limit, remaining, resetMs }: Budget): void {
  const told = response.getHeader("ratelimit-remaining");
  if (response.headersSent || (told !== undefined && Number(told) <= remaining)) return;
  response.setHeader("ratelimit-limit", String(limit));
  response.setHeader("ratelimit-remaining", String(remaining));
  response.setHeader("ratelimit-reset", String(Math.ceil(resetMs / 1_000)));
}
