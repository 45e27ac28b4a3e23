import { LRUCache } from "lru-cache";
import { fingerprint } from "./fingerprint.ts";
import type { Redaction } from "./ports.ts";
import { isUserId, toReportRequest, toTypedInput } from "./report-request.ts";
import type { ReportRequest } from "./report-request.ts";

/** A request that may be looked up, kept and sent: nothing secret is left in it. */
export interface PreparedRequest {
  readonly request: ReportRequest;
  readonly fingerprint: string;
}

/**
 * Checks a caller's input, and takes out what must not be kept.
 * @throws {InvalidArgumentError} names every bad field.
 */
export type PrepareRequest = (tenant: string, input: unknown) => Promise<PreparedRequest>;

interface PrepareDependencies {
  readonly redactRequest: Redaction["redactRequest"];
  readonly promptVersion: string;
  /** Most requests without secrets that are remembered, each by its digest. Default: 50,000, some 10 MiB. */
  readonly maxRemembered?: number;
}

const MAX_REMEMBERED = 50_000;

/**
 * Builds what makes a caller's input ready. Texts that keep to the bounds and hold no secret are looked through once: who
 * asks for a report again, to read it, asks with the same ones, and looking takes longer than all the rest of such an
 * answer. Of texts that hold a secret nothing is remembered.
 */
export function createPrepareRequest({
  redactRequest,
  promptVersion,
  maxRemembered = MAX_REMEMBERED,
}: PrepareDependencies): PrepareRequest {
  /** By their fingerprints: V8 hashes a long text by its length alone, so that a map of texts may become a list. */
  const clean = new LRUCache<string, true>({ max: maxRemembered });

  /** The input as it may be remembered, unless it is wrong. */
  function toGiven(tenant: string, input: unknown): PreparedRequest | undefined {
    const typed = toTypedInput(input);
    if (typed === undefined || !isUserId(typed.userId)) return undefined;
    const request: ReportRequest = { ...typed, tenant };
    return { request, fingerprint: fingerprint(request, promptVersion) };
  }

  return async (tenant, input) => {
    const given = toGiven(tenant, input);
    if (given && clean.get(given.fingerprint)) return given;
    const request = await redactRequest(toReportRequest(tenant, input));
    const prepared = { request, fingerprint: fingerprint(request, promptVersion) };
    if (prepared.fingerprint === given?.fingerprint) clean.set(given.fingerprint, true);
    return prepared;
  };
}
