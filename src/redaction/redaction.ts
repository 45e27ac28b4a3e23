import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { Redaction } from "../core/ports.ts";
import type { ReportContent } from "../core/report.ts";
import type { ReportRequest } from "../core/report-request.ts";
import { createRedactor, holdsSecret } from "./redactor.ts";

/**
 * Takes secrets and personal data out of commits and of what models write about them. Who asks (`userId`) and which
 * commit it is (`commitSha`) stay as they are, because callers need them again; but a secret is no commit.
 */
export const redaction: Redaction = {
  redactRequest: async (request) => {
    const redact = createPausingRedact(textsOfRequest(request));
    return {
      ...request,
      commitSha: redactCommit(request.commitSha),
      repo: await redact(request.repo),
      message: await redact(request.message),
      files: await inOrder(request.files, redact),
      components: await inOrder(request.components, redact),
      diffSummary: await redact(request.diffSummary),
      ...(request.template !== undefined && { template: await redact(request.template) }),
    };
  },
  redactContent: (content) => {
    const { redact } = createRedactor(textsOfContent(content));
    const within = (max: number) => (text: string) => cut(redact(text), max);
    return {
      title: cut(redact(content.title), 120),
      summary: cut(redact(content.summary), 2_000),
      changes: content.changes.map(within(1_000)),
      rationale: cut(redact(content.rationale), 4_000),
      impactAndTests: cut(redact(content.impactAndTests), 4_000),
      nextSteps: content.nextSteps.map(within(1_000)),
      tags: content.tags.map(within(64)),
    };
  },
};

/** Most characters that are looked through before others may go on: the largest request has seventy times as many. */
const MAX_HELD = 64 * 1024;

function createPausingRedact(texts: readonly string[]): (text: string) => Promise<string> {
  const { redact } = createRedactor(texts);
  let held = 0;
  return async (text) => {
    if (held > 0 && held + text.length > MAX_HELD) {
      await setImmediate();
      held = 0;
    }
    held += text.length;
    return redact(text);
  };
}

/** One after the other: placeholders are numbered as they are met. */
async function inOrder(texts: readonly string[], redact: (text: string) => Promise<string>) {
  const redacted: string[] = [];
  for (const text of texts) redacted.push(await redact(text));
  return redacted;
}

/** Different ones stay different, or the report on one would be taken for the other's. */
function redactCommit(commitSha: string): string {
  if (/^[0-9a-f]{4,64}$/i.test(commitSha) || !holdsSecret(commitSha)) return commitSha;
  return `redacted-${createHash("sha256").update(commitSha).digest("hex").slice(0, 40)}`;
}

function textsOfRequest({ repo, message, files, components, diffSummary, template }: ReportRequest) {
  return [repo, message, ...files, ...components, diffSummary, template ?? ""];
}

function textsOfContent({ changes, nextSteps, tags, ...texts }: ReportContent): readonly string[] {
  return [...Object.values(texts), ...changes, ...nextSteps, ...tags];
}

/** A placeholder may be longer than what it stands for, and a report has bounds. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = Array.from(text);
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
}
