import { LRUCache } from "lru-cache";
import { contentOf, fingerprintOf } from "./fingerprint.ts";
import type { Redaction } from "./ports.ts";
import { isUserId, toReportRequest, toTypedInput } from "./report-request.ts";
import type { TypedInput, ReportRequest } from "./report-request.ts";

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
  /** Most characters of requests without secrets that are remembered. */
  readonly maxRemembered?: number;
}

const MAX_REMEMBERED = 16 * 1024 * 1024;

/** Larger ones would drive too many others out. */
const MAX_REMEMBERED_REQUEST = 64 * 1024;

function isLarge({ message, files, components, diffSummary, template = "" }: TypedInput): boolean {
  let characters = message.length + diffSummary.length + template.length;
  for (const path of files) characters += path.length;
  for (const component of components) characters += component.length;
  return characters > MAX_REMEMBERED_REQUEST;
}

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
  const clean = new LRUCache<string, string>({
    maxSize: maxRemembered,
    maxEntrySize: MAX_REMEMBERED_REQUEST,
    sizeCalculation: (_, content) => content.length,
  });

  function recall(tenant: string, input: unknown): PreparedRequest | undefined {
    const typed = toTypedInput(input);
    if (typed === undefined || isLarge(typed) || !isUserId(typed.userId)) return undefined;
    const request: ReportRequest = { ...typed, tenant };
    const fingerprint = clean.get(contentOf(request, promptVersion));
    return fingerprint === undefined ? undefined : { request, fingerprint };
  }

  return async (tenant, input) => {
    const known = recall(tenant, input);
    if (known !== undefined) return known;
    const request = toReportRequest(tenant, input);
    const redacted = await redactRequest(request);
    const content = contentOf(redacted, promptVersion);
    const fingerprint = fingerprintOf(content);
    if (content === contentOf(request, promptVersion)) clean.set(content, fingerprint);
    return { request: redacted, fingerprint };
  };
}
