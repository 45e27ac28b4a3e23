import ipaddr from "ipaddr.js";
import { LRUCache } from "lru-cache";
import proxyAddr from "proxy-addr";
import type { HttpRequest } from "../node-http.ts";

/**
 * Whose `X-Forwarded-For` counts: a number of proxies in front, everybody's, or that of these addresses and ranges
 * (also `loopback`, `linklocal`, `uniquelocal`).
 */
export type TrustProxy = number | true | readonly string[];

/** The address that a request is counted under. */
export type FindClientAddress = (request: HttpRequest) => string;

/** Without trust, `X-Forwarded-For` is only what a client says of itself, and is not looked at. */
export function createClientAddress(trust: TrustProxy | undefined): FindClientAddress {
  const count = createCountedAddress();
  if (trust === undefined) return (request) => count(request.socket.remoteAddress);
  const isTrusted = toTrust(trust);
  return (request) => {
    const forwarded = ipaddr.isValid(request.socket.remoteAddress ?? "")
      ? proxyAddr(withoutPorts(request) as Parameters<typeof proxyAddr>[0], isTrusted)
      : undefined;
    // A trusted proxy may still pass on a word for an address, RFC 7239 section 6.
    const isAddress = forwarded !== undefined && ipaddr.isValid(forwarded);
    return count(isAddress ? forwarded : request.socket.remoteAddress);
  };
}

const IPV4_WITH_PORT = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const IPV6_IN_BRACKETS = /^\[([\da-f:.]+)\](?::\d{1,5})?$/i;

/** Some proxies, Azure's among them, add the client's port to its address. */
function withoutPorts({ headers, socket }: HttpRequest) {
  const forwarded = headers["x-forwarded-for"];
  if (forwarded === undefined) return { headers, socket };
  const addresses = String(forwarded)
    .split(",")
    .map((address) => address.trim().replace(IPV4_WITH_PORT, "$1").replace(IPV6_IN_BRACKETS, "$1"));
  return { headers: { "x-forwarded-for": addresses.join(",") }, socket };
}

function toTrust(trust: TrustProxy): (address: string, hop: number) => boolean {
  if (trust === true) return () => true;
  if (typeof trust === "number") return (_, hop) => hop < trust;
  const isListed = proxyAddr.compile([...trust]);
  return (address, hop) => ipaddr.isValid(address) && isListed(address, hop);
}

/** Bits of an IPv6 address that name a site: whoever has one address of it has them all, RFC 6177. */
const IPV6_SITE_PARTS = 4;

/** Addresses come again with every call of a connection. */
const MAX_KNOWN = 10_000;

function createCountedAddress(): (address: string | undefined) => string {
  const known = new LRUCache<string, string>({ max: MAX_KNOWN });
  return (address = "") => {
    const counted = known.get(address);
    if (counted !== undefined) return counted;
    const made = toCountedAddress(address);
    known.set(address, made);
    return made;
  };
}

/** One name for one client: IPv4 also when it comes mapped into IPv6, and IPv6 by its first 64 bits. */
function toCountedAddress(address: string): string {
  if (!ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const { parts } = parsed as ipaddr.IPv6;
  return `${parts
    .slice(0, IPV6_SITE_PARTS)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
