import { changedLines } from "./changed-files.ts";
import type { ChangedFile } from "./changed-files.ts";
import { oneLine } from "./wording.ts";

/** A part of the repository that a commit touches. */
export interface Area {
  /** A component's name, or a folder's path. */
  readonly name: string;
  readonly files: readonly ChangedFile[];
}

/** The name of the area of files in no folder. */
export const TOP_LEVEL = "top level";

/** Folders that say little by themselves: the folder below tells. */
const WRAPPERS: ReadonlySet<string> = new Set(
  "src lib libs packages apps app crates internal pkg cmd services modules plugins projects sources components test tests".split(
    " ",
  ),
);
/** Bounds the work on hostile paths. */
const MOST_FOLDERS = 32;

/** Groups files by the given components, and by top-level folder where none fits; the most changed area first. */
export function toAreas(files: readonly ChangedFile[], components: readonly string[]): readonly Area[] {
  const known = new Map(components.map((name) => [toKey(name), oneLine(name)] as const));
  known.delete("");
  const groups = new Map<string, ChangedFile[]>();
  for (const file of files) {
    const name = areaOf(file.path, known);
    const group = groups.get(name);
    if (group) group.push(file);
    else groups.set(name, [file]);
  }
  return Array.from(groups, ([name, group]) => ({ name, files: group })).sort(
    (one, other) => weight(other) - weight(one) || other.files.length - one.files.length,
  );
}

function toKey(component: string): string {
  return oneLine(component)
    .replace(/^\.?\/|\/$/g, "")
    .toLowerCase();
}

function areaOf(path: string, components: ReadonlyMap<string, string>): string {
  const folders = path.split("/", MOST_FOLDERS).slice(0, -1);
  const component = components.size > 0 ? componentOf(folders, components) : undefined;
  return component ?? folderOf(folders);
}

/** The component whose path is the longest start of the folders, or whose name is one of them. */
function componentOf(
  folders: readonly string[],
  components: ReadonlyMap<string, string>,
): string | undefined {
  for (let length = folders.length; length > 0; length -= 1) {
    const component = components.get(folders.slice(0, length).join("/").toLowerCase());
    if (component !== undefined) return component;
  }
  const named = folders.find((folder) => components.has(folder.toLowerCase()));
  return named === undefined ? undefined : components.get(named.toLowerCase());
}

function folderOf([first, second]: readonly string[]): string {
  if (first === undefined || oneLine(first) === "") return TOP_LEVEL;
  return oneLine(second !== undefined && WRAPPERS.has(first.toLowerCase()) ? `${first}/${second}` : first);
}

function weight({ files }: Area): number {
  return files.reduce((lines, file) => lines + changedLines(file), 0);
}
