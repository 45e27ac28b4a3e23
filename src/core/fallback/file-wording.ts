import { formatCount } from "../diff/cut-text.ts";
import { isMachineWritten } from "../file-kind.ts";
import type { Area } from "./areas.ts";
import { TOP_LEVEL } from "./areas.ts";
import { byChangedLines, changedLines } from "./changed-files.ts";
import type { ChangedFile } from "./changed-files.ts";
import { code, count, listOf } from "./wording.ts";

type Counts = Pick<ChangedFile, "added" | "removed">;

/** `+12 -3`, `+12`, `-3`, or nothing when no lines are known to change. */
export function changeCounts({ added = 0, removed = 0 }: Counts): string {
  const parts = [added > 0 ? `+${formatCount(added)}` : "", removed > 0 ? `-${formatCount(removed)}` : ""];
  return parts.filter((part) => part !== "").join(" ");
}

/** The file's path, with what happened to it: `` `src/a.ts` (new, +12) ``. */
export function describeFile(file: ChangedFile, name = file.path): string {
  const machineWritten = isMachineWritten(file.kind) ? file.kind : "";
  const notes = [whatHappened(file), machineWritten, file.binary ? "binary" : changeCounts(file)];
  const said = notes.filter((note) => note !== "").join(", ");
  if (said !== "") return `${code(name)} (${said})`;
  return file.status === "modified" && isCounted(file) ? `${code(name)} (mode only)` : code(name);
}

/** `--name-status` tells what became of a file, but not of how many lines. */
function isCounted({ added, removed }: Counts): boolean {
  return added !== undefined || removed !== undefined;
}

function whatHappened(file: ChangedFile): string {
  switch (file.status) {
    case "added":
      return isCounted(file) && changedLines(file) === 0 && !file.binary ? "new, empty" : "new";
    case "deleted":
      return "deleted";
    case "renamed":
      return `renamed from ${code(file.previousPath ?? "")}`;
    case "copied":
      return `copied from ${code(file.previousPath ?? "")}`;
    case "modified":
    case "unknown":
      return "";
  }
}

/** The paths of files, the most changed first. */
export function namePaths(files: readonly ChangedFile[], max = 5): string {
  return listOf([...files].sort(byChangedLines), ({ path }) => code(path), max);
}

/** An area's name as a sentence can use it. */
export function areaName({ name }: Area): string {
  return name === TOP_LEVEL ? "the top level" : code(name);
}

/** `` `src/core` (3 files, +12 -3) `` */
export function describeArea(area: Area): string {
  const { files } = area;
  const [first] = files;
  const shared =
    first !== undefined && files.every(({ status }) => status === first.status) ? first.status : "";
  const noun = shared === "added" ? "new file" : shared === "deleted" ? "deleted file" : "file";
  const counts = changeCounts(sumLines(files));
  return `${areaName(area)} (${count(files.length, noun)}${counts === "" ? "" : `, ${counts}`})`;
}

/** An area with its most changed files, named within it. */
export function describeAreaFiles(area: Area, max: number): string {
  const { name, files } = area;
  const folder = `${name}/`;
  const described = [...files]
    .sort(byChangedLines)
    .slice(0, max)
    .map((file) =>
      describeFile(file, file.path.startsWith(folder) ? file.path.slice(folder.length) : file.path),
    );
  const more = files.length - described.length;
  return `${describeArea(area)}: ${described.join(", ")}${more > 0 ? ` and ${formatCount(more)} more` : ""}`;
}

/** The lines of several files together. */
export function sumLines(files: readonly ChangedFile[]): { added: number; removed: number } {
  const total = { added: 0, removed: 0 };
  for (const { added = 0, removed = 0 } of files) {
    total.added += added;
    total.removed += removed;
  }
  return total;
}
