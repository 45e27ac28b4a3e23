import type { FileKind } from "../file-kind.ts";
import type { ChangedFile } from "./changed-files.ts";
import type { CommitMessage } from "./commit-message.ts";
import { kindOfType, kindOfVerb, problemWord } from "./kind-words.ts";
import type { ChangeKind } from "./kind-words.ts";

/** What kind of change a commit is, and what that was judged from. */
export interface JudgedKind {
  readonly kind: ChangeKind;
  /** Completes "judged from …"; undefined when nothing told. */
  readonly judgedFrom: string | undefined;
}

/** The kind of a commit that changes files of one kind only. Source code alone tells nothing. */
const KIND_OF_FILES: Partial<Record<FileKind, ChangeKind>> = {
  documentation: "documentation",
  test: "test",
  ci: "ci",
  migration: "migration",
  configuration: "configuration",
  build: "build",
  dependencies: "dependency update",
  "lock file": "dependency update",
};

/** Judges from the author's prefix first, then from the paths, then from the subject's first word, then from the diff. */
export function judgeKind(message: CommitMessage, files: readonly ChangedFile[]): JudgedKind {
  return (
    judgeForm(message) ??
    judgePrefix(message) ??
    judgePaths(files) ??
    judgeWording(message) ??
    judgeDiff(files)
  );
}

function judgeForm({ form }: CommitMessage): JudgedKind | undefined {
  if (form === "merge" || form === "revert") return { kind: form, judgedFrom: "the subject" };
  return undefined;
}

const DEPENDENCY_SCOPE = /^(?:dev-)?dep(?:s|endencies)(?:-dev)?$/i;

function judgePrefix({ type, scope }: CommitMessage): JudgedKind | undefined {
  if (type === undefined) return undefined;
  if (scope !== undefined && DEPENDENCY_SCOPE.test(scope)) {
    return { kind: "dependency update", judgedFrom: `the prefix “${type}(${scope})”` };
  }
  return { kind: kindOfType(type), judgedFrom: `the prefix “${type}”` };
}

function judgePaths(files: readonly ChangedFile[]): JudgedKind | undefined {
  const kinds = new Set(files.map(({ kind }) => kind));
  if (kinds.size > 1) kinds.delete("lock file");
  const [only] = kinds;
  const kind = only !== undefined && kinds.size === 1 ? KIND_OF_FILES[only] : undefined;
  return (
    kind && {
      kind,
      judgedFrom: files.length === 1 ? "the changed file's path" : "the paths of all changed files",
    }
  );
}

function judgeWording({ description }: CommitMessage): JudgedKind | undefined {
  const first = /^[\p{L}-]+/u.exec(description)?.[0] ?? "";
  const kind = kindOfVerb(first);
  if (kind) return { kind, judgedFrom: `the subject's word “${first}”` };
  const problem = problemWord(description);
  return problem === undefined ? undefined : { kind: "fix", judgedFrom: `the subject's word “${problem}”` };
}

function judgeDiff(files: readonly ChangedFile[]): JudgedKind {
  const statuses = new Set(files.map(({ status }) => status));
  const [only] = statuses;
  if (statuses.size === 1 && only === "deleted")
    return { kind: "removal", judgedFrom: "the diff, which only deletes files" };
  if (statuses.size === 1 && only === "renamed")
    return { kind: "refactoring", judgedFrom: "the diff, which only renames files" };
  return { kind: "change", judgedFrom: undefined };
}
