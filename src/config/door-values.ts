import proxyAddr from "proxy-addr";
import { z } from "zod";
import { list, optionalText, text } from "./values.ts";

/** A tenant, and a key of it. */
export interface TenantKey {
  readonly tenant: string;
  readonly key: string;
}

/** The tenant of `STEPPER_API_KEY`. */
export const DEFAULT_TENANT = "default";

/** What may stand in keys of Redis, logs and metrics. */
const TENANT_PATTERN = /^[\w.-]{1,64}$/;

/** Keys by tenant, `tenant=key,…`. A problem names the entry by its place: its text may be a key. */
export const tenantKeys = list.transform((entries, context): readonly TenantKey[] =>
  entries.map((entry, index) => {
    const [tenant = "", ...rest] = entry.split("=");
    const key = rest.join("=").trim();
    if (TENANT_PATTERN.test(tenant.trim()) && isSendable(key)) return { tenant: tenant.trim(), key };
    context.addIssue({
      code: "custom",
      message: `entry ${index + 1} must be tenant=key, with a tenant of 1 to 64 letters, digits, dots, dashes or underscores, and a key without spaces`,
    });
    return z.NEVER;
  }),
);

/** One key, or none. */
export const optionalKey = optionalText.refine(
  (key) => key === undefined || isSendable(key),
  "must be of visible ASCII characters, without spaces: it is sent in a header",
);

function isSendable(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** What every client sends, or nobody may. */
const RESERVED_HEADERS = new Set(
  "accept,connection,content-length,content-type,cookie,host,origin,set-cookie,te,transfer-encoding,user-agent".split(
    ",",
  ),
);

/** The name of a header, in lower case. */
export function headerName(fallback: string) {
  return text(fallback)
    .refine(isHeaderName, "must be the name of a header")
    .refine(
      (name) => !RESERVED_HEADERS.has(name.toLowerCase()),
      "must not be a header with a meaning of its own",
    )
    .transform((name) => name.toLowerCase())
    .meta({ default: fallback });
}

/** Headers by name, as OpenTelemetry writes them. A problem names the entry by its place: its text may be a key. */
export const headerValues = list.transform((entries, context): Readonly<Record<string, string>> => {
  const headers = entries.map((entry, index) => {
    const [, name, value = ""] = /^([^=]+)=(.*)$/.exec(entry) ?? [];
    const decoded = decode(value.trim());
    if (name !== undefined && isHeaderName(name.trim()) && decoded !== undefined)
      return [name.trim(), decoded];
    context.addIssue({
      code: "custom",
      message: `entry ${index + 1} must be name=value, percent-encoded`,
    });
    return z.NEVER;
  });
  return Object.fromEntries(headers) as Record<string, string>;
});

function decode(value: string): string | undefined {
  try {
    const decoded = decodeURIComponent(value);
    return /^[\x20-\x7e]*$/.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}

/** Origins as browsers send them. */
export const origins = list.transform((entries, context) =>
  entries.map((entry) => {
    const url = URL.canParse(entry) ? new URL(entry) : undefined;
    if (url && url.origin !== "null" && url.href === `${url.origin}/`) return url.origin;
    context.addIssue({
      code: "custom",
      message: `has ${entry}, which is no origin: it must be like https://app.example.com, without a path`,
    });
    return z.NEVER;
  }),
);

/** A number of proxies, all of them (`true`), none (`false`), or addresses and ranges of addresses. */
export const trustProxy = optionalText.transform((value, context): TrustProxy | undefined => {
  if (value === undefined || value === "false" || value === "0") return undefined;
  if (value === "true") return true;
  if (/^\d{1,2}$/.test(value)) return Number(value);
  const addresses = value.split(",").map((address) => address.trim());
  try {
    proxyAddr.compile(addresses);
    return addresses;
  } catch {
    context.addIssue({
      code: "custom",
      message: "must be true, a number of proxies, or addresses such as 10.0.0.0/8 or loopback",
    });
    return z.NEVER;
  }
});

type TrustProxy = number | true | readonly string[];
