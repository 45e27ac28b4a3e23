import { createHash } from "node:crypto";
import type { Redaction } from "../core/ports.ts";
import type { ReportContent } from "../core/report.ts";
import type { ReportRequest } from "../core/report-request.ts";
import { createRedactor, holdsSecret } from "./redactor.ts";

/**
 * Takes secrets and personal data out of commits and of what models write about them. Who asks (`userId`) and which
 * commit it is (`commitSha`) stay as they are, because callers need them again; but a secret is no commit.
 */
export const redaction: Redaction = {
  redactRequest: (request) => {
    const { redact } = createRedactor(textsOfRequest(request));
    return {
      ...request,
      commitSha: redactCommit(request.commitSha),
      repo: redact(request.repo),
      message: redact(request.message),
      files: request.files.map(redact),
      components: request.components.map(redact),
      diffSummary: redact(request.diffSummary),
      ...(request.template !== undefined && { template: redact(request.template) }),
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
