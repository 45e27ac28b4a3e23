/** What a chat is told of a report; the library's reports and those of gRPC both have it. */
interface ReportWords {
  readonly title: string;
  readonly summary: string;
  readonly changes: readonly string[];
  readonly provider: string;
  readonly fallback: boolean;
}

interface CommitName {
  readonly repo: string;
  readonly commitSha: string;
}

/** A report as a chat message. */
export function toReportMessage(commit: CommitName, report: ReportWords): string {
  const { title, summary, changes, provider, fallback } = report;
  return [
    `${title} (${toShortName(commit)})`,
    summary,
    ...changes.map((change) => `• ${change}`),
    fallback ? "No model answered: this was made from the commit alone." : `Written by ${provider}.`,
    `https://github.com/${commit.repo}/commit/${commit.commitSha}`,
  ].join("\n");
}

/** A message about a commit that got no report. */
export function toFailureMessage(commit: CommitName, reason: string): string {
  return `No report on ${toShortName(commit)}: ${reason}`;
}

function toShortName({ repo, commitSha }: CommitName): string {
  return `${repo}@${commitSha.slice(0, 7)}`;
}
