import { z } from "zod";

/** A commit in the words of stepper, with the same fields for the library and for gRPC. */
export interface Commit {
  readonly userId: string;
  readonly commitSha: string;
  readonly repo: string;
  readonly message: string;
  readonly files: string[];
  readonly components: string[];
  readonly diffSummary: string;
}

/** A longer push is somebody's import or merge: nobody reads a hundred reports in a chat. */
const MAX_COMMITS = 20;
/** Stepper's own bounds. */
const MAX_MESSAGE_CHARACTERS = 10_000;
const MAX_FILES = 2_000;
const MAX_COMPONENTS = 200;
const MAX_COMPONENT_CHARACTERS = 256;
/** No more than 300 KB of UTF-8, where 512 KiB may be. */
const MAX_SUMMARY_CHARACTERS = 100_000;

// https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
const commitSchema = z.object({
  id: z.string().min(1),
  message: z.string(),
  /** False for a commit that was pushed before, on another branch. */
  distinct: z.boolean(),
  added: z.array(z.string()),
  modified: z.array(z.string()),
  removed: z.array(z.string()),
});
const pushSchema = z.object({
  repository: z.object({ full_name: z.string().min(1) }),
  sender: z.object({ login: z.string().min(1) }),
  commits: z.array(commitSchema),
});

/** The newest new commits of a push, oldest first; undefined when the body is no push. */
export function readPush(body: string): readonly Commit[] | undefined {
  const push = pushSchema.safeParse(parseJson(body));
  if (!push.success) return undefined;
  const { repository, sender, commits } = push.data;
  return commits
    .filter(({ distinct }) => distinct)
    .slice(-MAX_COMMITS)
    .map((commit) => toCommit(commit, { userId: sender.login, repo: repository.full_name }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toCommit(
  { id, message, added, modified, removed }: z.output<typeof commitSchema>,
  origin: Pick<Commit, "userId" | "repo">,
): Commit {
  const files = [...added, ...modified, ...removed].slice(0, MAX_FILES);
  return {
    ...origin,
    commitSha: id,
    message: Array.from(message).slice(0, MAX_MESSAGE_CHARACTERS).join("") || "(no message)",
    files,
    components: toComponents(files),
    // A push carries no diff. How each file changed is the most it says, so it is told as git's --name-status does.
    diffSummary: [
      ...added.map((file) => `A\t${file}`),
      ...modified.map((file) => `M\t${file}`),
      ...removed.map((file) => `D\t${file}`),
    ]
      .join("\n")
      .slice(0, MAX_SUMMARY_CHARACTERS),
  };
}

function toComponents(files: readonly string[]): string[] {
  const folders = files.filter((file) => file.includes("/")).map((file) => file.slice(0, file.indexOf("/")));
  return [...new Set(folders)]
    .filter((folder) => folder.length <= MAX_COMPONENT_CHARACTERS)
    .slice(0, MAX_COMPONENTS);
}
