import type { TextSink } from "./command-context.ts";
import { writeText } from "./command-context.ts";
import { toMarkdown } from "./markdown.ts";
import type { CommitReport } from "./markdown.ts";

/** Writes reports one after another, each as soon as it is given. */
export interface ReportWriter {
  write(report: CommitReport): Promise<void>;
  /** Ends the document; what was written so far is then complete, also after a failure. */
  end(): Promise<void>;
}

/** Markdown documents, one below another. */
export function createMarkdownWriter(stdout: TextSink): ReportWriter {
  let separator = "";
  return {
    write: async (report) => {
      await writeText(stdout, separator + toMarkdown(report));
      separator = "\n";
    },
    end: () => Promise.resolve(),
  };
}

/** One JSON array of {@link CommitReport}, an element a line. */
export function createJsonWriter(stdout: TextSink): ReportWriter {
  let separator = "[\n";
  return {
    write: async ({ commitSha, repo, cached, stale, report }) => {
      await writeText(stdout, separator + JSON.stringify({ commitSha, repo, cached, stale, report }));
      separator = ",\n";
    },
    end: () => writeText(stdout, separator === "[\n" ? "[]\n" : "\n]\n"),
  };
}
