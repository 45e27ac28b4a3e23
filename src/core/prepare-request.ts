import { LRUCache } from "lru-cache";
import { contentOf, fingerprintOf } from "./fingerprint.ts";
import type { Redaction } from "./ports.ts";
import type { ReportRequest } from "./report-request.ts";

/** A request that may be looked up, kept and sent: nothing secret is left in it. */
export interface PreparedRequest {
  readonly request: ReportRequest;
  readonly fingerprint: string;
}

interface PrepareDependencies {
  readonly redactRequest: Redaction["redactRequest"];
  readonly promptVersion: string;
  /** Most characters of requests without secrets that are remembered. */
  readonly maxRemembered?: number;
}

const MAX_REMEMBERED = 16 * 1024 * 1024;

/** Larger ones would drive too many others out. */
const MAX_REMEMBERED_REQUEST = 64 * 1024;

/**
 * Builds what makes a request ready. One without secrets is looked through once: who asks for a report again, to read it,
 * asks with the same texts, and looking takes longer than all the rest of such an answer. Of a request that holds a
 * secret nothing is remembered.
 */
export function createPrepareRequest({
  redactRequest,
  promptVersion,
  maxRemembered = MAX_REMEMBERED,
}: PrepareDependencies): (request: ReportRequest) => Promise<PreparedRequest> {
  const clean = new LRUCache<string, string>({
    maxSize: maxRemembered,
    maxEntrySize: MAX_REMEMBERED_REQUEST,
    sizeCalculation: (_, content) => content.length,
  });

  return async (request) => {
    const content = contentOf(request, promptVersion);
    const known = clean.get(content);
    if (known !== undefined) return { request, fingerprint: known };
    const redacted = await redactRequest(request);
    const redactedContent = contentOf(redacted, promptVersion);
    const fingerprint = fingerprintOf(redactedContent);
    if (redactedContent === content) clean.set(content, fingerprint);
    return { request: redacted, fingerprint };
  };
}
