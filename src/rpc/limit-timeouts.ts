import type { IncomingHttpHeaders } from "node:http";

/** Node's longest timer, some 24 days: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

const UNITS_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * Brings a caller's deadline down to what a timer can wait for. gRPC allows 99,999,999 hours.
 * @returns whether there is a deadline
 */
export function limitTimeouts(headers: IncomingHttpHeaders): boolean {
  if (headers["grpc-timeout"] === undefined && headers["connect-timeout-ms"] === undefined) return false;
  const [, amount, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(String(headers["grpc-timeout"])) ?? [];
  // The header has eight digits at most, so the limit is said in seconds.
  if (Number(amount) * (UNITS_MS[unit] ?? 0) > LONGEST_TIMER_MS) {
    headers["grpc-timeout"] = `${Math.floor(LONGEST_TIMER_MS / 1_000)}S`;
  }
  const connect = headers["connect-timeout-ms"];
  if (typeof connect === "string" && /^\d{1,10}$/.test(connect) && Number(connect) > LONGEST_TIMER_MS) {
    headers["connect-timeout-ms"] = String(LONGEST_TIMER_MS);
  }
  return true;
}
