/** What kind of change a commit is. `change` is what nothing tells more of. */
export type ChangeKind =
  | "feature"
  | "fix"
  | "refactoring"
  | "performance"
  | "documentation"
  | "test"
  | "build"
  | "ci"
  | "dependency update"
  | "migration"
  | "configuration"
  | "security"
  | "style"
  | "release"
  | "removal"
  | "revert"
  | "merge"
  | "chore"
  | "work in progress"
  | "change";

/** How a sentence about the change begins. */
export const KIND_LABELS: Readonly<Record<ChangeKind, string>> = {
  feature: "Feature",
  fix: "Fix",
  refactoring: "Refactoring",
  performance: "Performance change",
  documentation: "Documentation change",
  test: "Test change",
  build: "Build change",
  ci: "Change to continuous integration",
  "dependency update": "Dependency update",
  migration: "Migration",
  configuration: "Configuration change",
  security: "Security change",
  style: "Style change",
  release: "Release",
  removal: "Removal",
  revert: "Revert",
  merge: "Merge",
  chore: "Chore",
  "work in progress": "Work in progress",
  change: "Change",
};

type WordTable = readonly (readonly [kind: ChangeKind, words: string])[];

/** Prefixes of conventional commits (https://www.conventionalcommits.org), and others that people write. */
const TYPES: WordTable = [
  ["feature", "feat feature"],
  ["fix", "fix bugfix hotfix bug"],
  ["refactoring", "refactor refactoring"],
  ["performance", "perf performance"],
  ["documentation", "docs doc"],
  ["test", "test tests"],
  ["build", "build"],
  ["ci", "ci"],
  ["dependency update", "deps dep"],
  ["migration", "migration migrations"],
  ["configuration", "config conf"],
  ["security", "security sec"],
  ["style", "style format fmt lint"],
  ["release", "release"],
  ["revert", "revert"],
  ["chore", "chore misc cleanup"],
  ["work in progress", "wip"],
];

/** Gitmoji (https://gitmoji.dev), by code and by sign without its variation selector. */
const GITMOJI: WordTable = [
  ["feature", ":sparkles: ✨"],
  ["fix", ":bug: 🐛 :ambulance: 🚑 :adhesive_bandage: 🩹"],
  ["refactoring", ":recycle: ♻ :truck: 🚚"],
  ["performance", ":zap: ⚡"],
  ["documentation", ":memo: 📝"],
  ["test", ":white_check_mark: ✅ :test_tube: 🧪"],
  ["build", ":package: 📦"],
  ["ci", ":green_heart: 💚 :construction_worker: 👷"],
  [
    "dependency update",
    ":arrow_up: ⬆ :arrow_down: ⬇ :heavy_plus_sign: ➕ :heavy_minus_sign: ➖ :pushpin: 📌",
  ],
  ["migration", ":card_file_box: 🗃"],
  ["configuration", ":wrench: 🔧"],
  ["security", ":lock: 🔒"],
  ["style", ":art: 🎨 :rotating_light: 🚨"],
  ["release", ":bookmark: 🔖"],
  ["removal", ":fire: 🔥 :coffin: ⚰"],
  ["revert", ":rewind: ⏪"],
  ["work in progress", ":construction: 🚧"],
];

const VERBS: WordTable = [
  [
    "feature",
    "add adds added implement implements implemented introduce introduces introduced support supports allow allows enable",
  ],
  [
    "fix",
    "fix fixes fixed repair resolve resolves resolved correct corrects prevent prevents avoid avoids handle",
  ],
  [
    "refactoring",
    "refactor refactors refactored rename renames renamed move moves moved extract simplify restructure rewrite split inline reorganize reorganise",
  ],
  ["performance", "optimize optimise optimizes speed"],
  ["documentation", "document documents clarify"],
  ["test", "test tests"],
  ["dependency update", "bump bumps upgrade upgrades"],
  ["migration", "migrate"],
  ["configuration", "configure"],
  ["security", "secure harden"],
  ["style", "format reformat lint prettify"],
  ["release", "release"],
  ["removal", "remove removes removed delete deletes deleted drop drops"],
  ["work in progress", "wip"],
];

function toMap(table: WordTable): ReadonlyMap<string, ChangeKind> {
  return new Map(table.flatMap(([kind, words]) => words.split(" ").map((word) => [word, kind] as const)));
}

const KIND_BY_TYPE = toMap([...TYPES, ...GITMOJI]);
const KIND_BY_VERB = toMap(VERBS);

/** True for a prefix whose meaning is known, such as `feat` or `:bug:`. */
export function isKnownType(type: string): boolean {
  return KIND_BY_TYPE.has(type.toLowerCase());
}

/** The kind that a known prefix states. */
export function kindOfType(type: string): ChangeKind {
  return KIND_BY_TYPE.get(type.toLowerCase()) ?? "change";
}

const PROBLEM =
  /\b(?:bugs?|crash(?:es)?|panics?|regressions?|(?:memory )?leaks?|deadlocks?|race conditions?|typos?|off-by-one|null pointer|segfault|fix(?:es|ed)?)\b/i;

/** A word for something that is wrong, which a subject hardly names unless it is put right. */
export function problemWord(text: string): string | undefined {
  return PROBLEM.exec(text)?.[0];
}

/** The kind that a subject's first word suggests. */
export function kindOfVerb(word: string): ChangeKind | undefined {
  return KIND_BY_VERB.get(word.toLowerCase());
}
