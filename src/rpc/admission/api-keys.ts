import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Who may call, and how they show it. */
export interface ApiKeySettings {
  /** The header that carries a key, in lower case; `Authorization: Bearer` does as well. */
  readonly header: string;
  /** Several keys of one tenant are all good, so that a key can be replaced without a gap. */
  readonly keys: readonly { readonly tenant: string; readonly key: string }[];
}

/** The tenant whose key a request carries, or undefined when it carries none that is known. */
export type FindTenant = (headers: IncomingHttpHeaders) => string | undefined;

/**
 * Knows keys by their digests alone. Every one of them is compared, each in constant time, so that the time of an
 * answer says nothing of a key.
 */
export function createApiKeys({ header, keys }: ApiKeySettings): FindTenant {
  const known = keys.map(({ tenant, key }) => ({ tenant, digest: digestOf(key) }));
  return (headers) => {
    const given = readKey(headers, header);
    if (given === undefined) return undefined;
    const digest = digestOf(given);
    let found: string | undefined;
    for (const candidate of known) {
      if (timingSafeEqual(candidate.digest, digest)) found = candidate.tenant;
    }
    return found;
  };
}

/** The header's own key counts; only without one, the bearer's. */
function readKey(headers: IncomingHttpHeaders, header: string): string | undefined {
  const own = headers[header];
  if (typeof own === "string" && own !== "" && header !== "authorization") return own;
  const [, bearer] = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? "") ?? [];
  return bearer;
}

/** Of equal length for every key, as a comparison in constant time needs. */
function digestOf(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
