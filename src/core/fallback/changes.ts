import { isMachineWritten } from "../file-kind.ts";
import type { Area } from "./areas.ts";
import type { ChangedFile } from "./changed-files.ts";
import type { CommitFacts } from "./commit-facts.ts";
import { describeDeclarations } from "./declaration-wording.ts";
import type { DeclarationChanges } from "./declaration-changes.ts";
import type { DependencyChange } from "./dependency-changes.ts";
import { describeDependencies } from "./dependency-wording.ts";
import { describeArea, describeAreaFiles, describeFile } from "./file-wording.ts";
import type { Finding, FindingKind } from "./line-findings.ts";
import { code, count, cut, listOf } from "./wording.ts";

const MAX_ITEMS = 50;
const MAX_CHARACTERS = 1_000;
const MAX_BULLETS = 20;
/** Up to so many files, each gets a line of its own; beyond, each area does. */
const FEW_FILES = 15;
const MAX_AREAS = 12;
const FILES_OF_AREA = 5;
const MAX_MANIFESTS = 8;
const MAX_DECLARING_FILES = 12;

/** What changed: the message's own list, then what the diff shows. */
export function toChanges(facts: CommitFacts): string[] {
  const { message, findings } = facts;
  const items = [
    ...message.bullets.slice(0, MAX_BULLETS),
    ...(facts.files.length <= FEW_FILES ? fileItems(facts) : areaItems(facts)),
    ...findingItem("Schema changes", "schema change", findings.added),
    ...findingItem("Routes added", "route", findings.added),
    ...findingItem("Routes removed", "route", findings.removed),
    ...findingItem("Environment variables read anew", "environment variable", findings.added),
    ...findingItem("Environment variables no longer read", "environment variable", findings.removed),
  ];
  const kept = items.map((item) => cut(item, MAX_CHARACTERS)).filter((item) => item.trim() !== "");
  if (kept.length > 0) return kept.slice(0, MAX_ITEMS);
  return [facts.source === "empty" ? "The commit changes no files." : unknownChange(facts)];
}

function unknownChange({ message: { description } }: CommitFacts): string {
  const quoted = description === "" ? "" : `: “${cut(description, 500)}”`;
  return `Only the commit message is known${quoted}.`;
}

function fileItems(facts: CommitFacts): string[] {
  const files = facts.areas.flatMap((area) => area.files);
  const written = files.filter(({ kind }) => !isMachineWritten(kind));
  const others = files.filter(({ kind }) => isMachineWritten(kind));
  return [...written, ...others].map((file) => fileItem(file, facts));
}

function fileItem(file: ChangedFile, { declarations, dependencies }: CommitFacts): string {
  const declared = declarations.find(({ path }) => path === file.path);
  const details = [
    ...(declared ? [describeDeclarations(declared)] : []),
    ...describeDependencies(dependencies.filter(({ manifest }) => manifest === file.path)),
  ];
  return details.length === 0 ? describeFile(file) : `${describeFile(file)}: ${details.join("; ")}`;
}

function areaItems({ areas, declarations, dependencies }: CommitFacts): string[] {
  const shown = areas.slice(0, MAX_AREAS);
  const rest = areas.slice(MAX_AREAS);
  const notShownAlone = [...shown.filter(({ files }) => files.length > 1), ...rest].flatMap(
    ({ files }) => files,
  );
  return [
    ...shown.map(areaItem),
    ...(rest.length === 0 ? [] : [`${count(rest.length, "more area")}: ${listOf(rest, describeArea, 8)}`]),
    ...statusItem("Deleted", "deleted", notShownAlone),
    ...statusItem("Renamed", "renamed", notShownAlone),
    ...statusItem("Binary", "binary", notShownAlone),
    ...dependencyItems(dependencies),
    ...declarationItems(declarations),
  ];
}

function areaItem(area: Area): string {
  const [only] = area.files;
  return area.files.length === 1 && only ? describeFile(only) : describeAreaFiles(area, FILES_OF_AREA);
}

/** Areas name only their largest files, but a file that is gone or can't be read in the diff should be named. */
function statusItem(
  label: string,
  status: "deleted" | "renamed" | "binary",
  files: readonly ChangedFile[],
): string[] {
  const those = files.filter((file) => (status === "binary" ? file.binary : file.status === status));
  if (those.length === 0) return [];
  const toName = ({ path, previousPath }: ChangedFile) =>
    status === "renamed" ? `${code(previousPath ?? "")} to ${code(path)}` : code(path);
  return [`${label}: ${listOf(those, toName, 10)}`];
}

function dependencyItems(dependencies: readonly DependencyChange[]): string[] {
  const manifests = [...new Set(dependencies.map(({ manifest }) => manifest))].slice(0, MAX_MANIFESTS);
  return manifests.map((path) => {
    const own = dependencies.filter(({ manifest }) => manifest === path);
    return `Dependencies in ${code(path)}: ${describeDependencies(own).join("; ")}`;
  });
}

/** Where not all can be told, what others may rely on comes first. */
function declarationItems(declarations: readonly DeclarationChanges[]): string[] {
  const reliedOn = ({ removed, redeclared }: DeclarationChanges) => removed.length + redeclared.length;
  return [...declarations]
    .sort((one, other) => reliedOn(other) - reliedOn(one) || other.added.length - one.added.length)
    .slice(0, MAX_DECLARING_FILES)
    .map((changes) => `${code(changes.path)}: ${describeDeclarations(changes)}`);
}

function findingItem(label: string, kind: FindingKind, findings: readonly Finding[]): string[] {
  const those = findings.filter((finding) => finding.kind === kind);
  return those.length === 0 ? [] : [`${label}: ${listOf(those, ({ text }) => code(text), 10)}`];
}
