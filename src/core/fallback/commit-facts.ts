import type { ReportRequest } from "../report-request.ts";
import { toAreas } from "./areas.ts";
import type { Area } from "./areas.ts";
import { judgeKind } from "./change-kind.ts";
import type { JudgedKind } from "./change-kind.ts";
import { toChangedFiles } from "./changed-files.ts";
import type { ChangedFile, ChangedFiles } from "./changed-files.ts";
import { toCommitMessage } from "./commit-message.ts";
import type { CommitMessage } from "./commit-message.ts";
import { declarationChanges } from "./declaration-changes.ts";
import type { DeclarationChanges } from "./declaration-changes.ts";
import { dependencyChanges } from "./dependency-changes.ts";
import type { DependencyChange } from "./dependency-changes.ts";
import { issueReferences } from "./issue-references.ts";
import { lineFindings } from "./line-findings.ts";
import type { LineFindings } from "./line-findings.ts";
import { sensitiveFiles } from "./sensitive-paths.ts";
import { testCoverage } from "./test-coverage.ts";
import type { TestCoverage } from "./test-coverage.ts";

/** All that a commit tells by itself; the sections of a fallback report only put it into words. */
export interface CommitFacts extends ChangedFiles {
  readonly request: ReportRequest;
  readonly message: CommitMessage;
  readonly judged: JudgedKind;
  readonly areas: readonly Area[];
  readonly dependencies: readonly DependencyChange[];
  readonly declarations: readonly DeclarationChanges[];
  readonly findings: LineFindings;
  readonly coverage: TestCoverage;
  /** Files that guard something, by their path. */
  readonly sensitive: readonly ChangedFile[];
  readonly references: readonly string[];
}

/** Reads a commit. Linear in its size. */
export function readCommit(request: ReportRequest): CommitFacts {
  const message = toCommitMessage(request.message);
  const changed = toChangedFiles(request);
  const findings = lineFindings(changed.files);
  return {
    ...changed,
    request,
    message,
    findings,
    judged: judgeKind(message, changed.files),
    areas: toAreas(changed.files, request.components),
    dependencies: dependencyChanges(changed.files),
    declarations: declarationChanges(changed.files),
    coverage: testCoverage(changed.files, findings),
    sensitive: sensitiveFiles(changed.files),
    references: issueReferences(message.text),
  };
}
