import type { DiffLine } from "../diff/hunk-lines.ts";
import type { ChangedFile } from "./changed-files.ts";
import { MANIFEST_FORMATS } from "./manifest-formats.ts";
import type { ManifestFormat } from "./manifest-formats.ts";

/** A dependency that a commit adds (no `before`), removes (no `after`) or moves to another version. */
export interface DependencyChange {
  /** The path of the file that declares it. */
  readonly manifest: string;
  readonly name: string;
  /** Its version as declared; empty when it isn't pinned. */
  readonly before?: string;
  readonly after?: string;
}

/** The dependencies that the commit's manifests add, remove or move to another version. */
export function dependencyChanges(files: readonly ChangedFile[]): readonly DependencyChange[] {
  return files.flatMap((file) => {
    const format = formatOf(file.path);
    return format && file.kind !== "vendored" ? changesIn(file, format) : [];
  });
}

/** Manifests whose dependencies change while none of the lock files that belong beside them does. */
export function manifestsWithoutLock(
  changes: readonly DependencyChange[],
  files: readonly ChangedFile[],
): readonly string[] {
  const names = new Set(files.map(({ path }) => path.slice(path.lastIndexOf("/") + 1)));
  return [...new Set(changes.map(({ manifest }) => manifest))].filter((manifest) => {
    const locks = formatOf(manifest)?.locks ?? [];
    return locks.length > 0 && !locks.some((lock) => names.has(lock));
  });
}

/** True when the first number of the version that promises compatibility changes. */
export function isMajorUpdate({ before, after }: DependencyChange): boolean {
  const old = majorOf(before);
  const now = majorOf(after);
  return old !== undefined && now !== undefined && old !== now;
}

function majorOf(version: string | undefined): string | undefined {
  const [, major, minor] = /(\d+)(?:\.(\d+))?/.exec(version ?? "") ?? [];
  return major === "0" ? `0.${minor ?? "0"}` : major;
}

/** Bounds the work on hostile paths. */
const LONGEST_PATH = 255;

function formatOf(path: string): ManifestFormat | undefined {
  const end = path.slice(-LONGEST_PATH);
  return MANIFEST_FORMATS.find((format) => format.path.test(end));
}

function changesIn(file: ChangedFile, format: ManifestFormat): DependencyChange[] {
  const changes = new Map<string, { before?: string; after?: string }>();
  const isDependencySection = createSectionReader(format);
  for (const line of file.lines) {
    const inSection = isDependencySection(line);
    if (line.kind !== "added" && line.kind !== "removed") continue;
    const found = inSection ? readDependency(line.text, format) : undefined;
    if (!found) continue;
    const change = changes.get(found.name) ?? {};
    change[line.kind === "added" ? "after" : "before"] = found.version;
    changes.set(found.name, change);
  }
  const all = Array.from(changes, ([name, versions]) => ({ manifest: file.path, name, ...versions }));
  return all.filter(({ before, after }) => before !== after);
}

/** Tells whether a line may hold a dependency. A hunk that starts within a section doesn't show which: then it may. */
function createSectionReader({ section }: ManifestFormat): (line: DiffLine) => boolean {
  let inSection = true;
  return ({ kind, text }) => {
    if (!section) return true;
    const name = section.start.exec(text)?.[1];
    if (kind === "heading") inSection = true;
    else if (name !== undefined) inSection = section.dependencies.test(name);
    else if (section.end?.test(text) === true) inSection = false;
    return inSection;
  };
}

function readDependency(text: string, { lines, settings }: ManifestFormat) {
  for (const line of lines) {
    const { name, version } = line.exec(text)?.groups ?? {};
    if (name !== undefined && settings?.has(name) !== true) return { name, version: cleanVersion(version) };
  }
  return undefined;
}

function cleanVersion(version: string | undefined): string {
  return (version ?? "").trim().replace(/^==? */, "");
}
