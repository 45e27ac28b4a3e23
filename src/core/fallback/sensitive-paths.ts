import type { FileKind } from "../file-kind.ts";
import type { ChangedFile } from "./changed-files.ts";

const SENSITIVE_WORDS: ReadonlySet<string> = new Set(
  `auth authn authz authentication authorization authorisation authenticate authorize oauth oauth2 oidc saml sso login logout
  signin password passwords passwd credential credentials secret secrets token tokens session sessions jwt crypto cryptography
  encryption encrypt decrypt cipher tls ssl cert certs certificate certificates keystore permission permissions acl rbac iam
  security csrf xsrf cors csp sanitize sanitizer sanitise redact redaction signature signing mfa totp 2fa sudoers apikey`.split(
    /\s+/,
  ),
);
const RUNNING: ReadonlySet<FileKind> = new Set([
  "source",
  "configuration",
  "migration",
  "ci",
  "build",
  "other",
]);
const STYLE_SHEET = /\.(?:css|scss|sass|less|svg)$/;

/** The files whose path says that they guard something: authentication, secrets, encryption, permissions. */
export function sensitiveFiles(files: readonly ChangedFile[]): readonly ChangedFile[] {
  return files.filter(
    ({ path, kind }) => RUNNING.has(kind) && !STYLE_SHEET.test(path) && hasSensitiveWord(path),
  );
}

/** Bounds the work on hostile paths. */
const LONGEST_PATH = 400;

function hasSensitiveWord(path: string): boolean {
  const words = path
    .slice(-LONGEST_PATH)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => SENSITIVE_WORDS.has(word));
}
