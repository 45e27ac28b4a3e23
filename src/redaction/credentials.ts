import { addressDetectors } from "./addresses.ts";
import { detectAssignments } from "./assignments.ts";
import { commandLineDetectors } from "./command-lines.ts";
import { headerDetectors } from "./headers.ts";
import { manifestDetectors } from "./manifests.ts";
import type { Detector } from "./rule.ts";
import { statementDetectors } from "./statements.ts";

/** Secrets that are known by the place where they stand. */
export const credentialDetectors: readonly Detector[] = [
  ...addressDetectors,
  ...headerDetectors,
  ...manifestDetectors,
  ...commandLineDetectors,
  ...statementDetectors,
  detectAssignments,
];
