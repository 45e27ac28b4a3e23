import { basename, dirname } from "node:path";
import type { Git } from "./git.ts";

/** What every commit of a repository has in common. */
export interface RepositoryFacts {
  /** `owner/name` from the origin's URL, else the folder's name. */
  readonly repo: string;
  /** `user.email` of git's configuration, when it is set. */
  readonly userEmail: string | undefined;
}

const MAX_LINE_BYTES = 16 * 1024;

/** Reads what a repository is called, and who is asking. */
export async function readRepositoryFacts(git: Git, signal: AbortSignal): Promise<RepositoryFacts> {
  const origin = await readSetting(git, "remote.origin.url", signal);
  const userEmail = await readSetting(git, "user.email", signal);
  const repo = toRepoName(origin) ?? (await readFolderName(git, signal));
  return { repo, userEmail: userEmail === "" ? undefined : userEmail };
}

/**
 * The name in a remote's URL: `owner/name` of a host's, `name` of a local path's; undefined when there is none. Takes
 * the path's last two parts only, so that user, password and token in the URL stay out.
 */
export function toRepoName(url: string): string | undefined {
  const remotePath =
    /^(?!file:)[a-z][a-z0-9+.-]*:\/\/[^/]*\/(.*)$/i.exec(url)?.[1] ??
    /^[^/\\]{2,}?:(?!\/\/)(.*)$/.exec(url)?.[1];
  const parts = (remotePath ?? url)
    .replace(/[?#].*$/, "")
    .split(/[/\\]/)
    .map((part) => part.replace(/^.*@/, ""))
    .filter((part) => part !== "" && !/^\.+$/.test(part));
  const name = parts
    .slice(remotePath === undefined ? -1 : -2)
    .join("/")
    .replace(/\.git$/, "");
  return name === "" ? undefined : name;
}

/** Of the main repository, so that a worktree's folder gives it no other name. */
async function readFolderName(git: Git, signal: AbortSignal): Promise<string> {
  const args = ["rev-parse", "--path-format=absolute", "--git-common-dir"];
  const gitDirectory = (await git.read(args, MAX_LINE_BYTES, signal)).toString().trimEnd();
  const folder = basename(gitDirectory) === ".git" ? dirname(gitDirectory) : gitDirectory;
  return basename(folder).replace(/\.git$/, "") || "repository";
}

async function readSetting(git: Git, name: string, signal: AbortSignal): Promise<string> {
  const value = await git.read(["config", "--default", "", "--get", name], MAX_LINE_BYTES, signal);
  return value.toString().trim();
}
