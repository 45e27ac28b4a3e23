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

  /** The input as it may be remembered, unless it is wrong or too large for that. */
  function toGiven(tenant: string, input: unknown) {
    const typed = toTypedInput(input);
    if (typed === undefined || isLarge(typed) || !isUserId(typed.userId)) return undefined;
    const request: ReportRequest = { ...typed, tenant };
    return { request, content: contentOf(request, promptVersion) };
  }

  return async (tenant, input) => {
    const given = toGiven(tenant, input);
    const known = given && clean.get(given.content);
    if (given && known !== undefined) return { request: given.request, fingerprint: known };
    const request = await redactRequest(toReportRequest(tenant, input));
    const content = contentOf(request, promptVersion);
    const fingerprint = fingerprintOf(content);
    if (content === given?.content) clean.set(content, fingerprint);
    return { request, fingerprint };
  };
}
