import { detectPattern, lineBefore } from "./rule.ts";
import type { Detector } from "./rule.ts";
import { isPasswordInPlace } from "./secret-values.ts";
import { isStandIn } from "./stand-ins.ts";

/** Words behind a flag are its description, unless they are joined to it or have more than letters. */
const isFlagValue = (value: string, match: RegExpExecArray): boolean =>
  isPasswordInPlace(value) && (match.groups?.join === "=" || /[^A-Za-z_-]/.test(value));

const flags = detectPattern(
  "password",
  /(?<![\w-])--(?:[a-z]{1,16}-){0,2}(?:password|passwd|passphrase|pass|pwd|token|auth-?key|api-?key|access-?key|secret(?:-key)?|client-secret)(?<join>=|[ \t]{1,4}|["'],[ \t]{0,4})["']?(?<secret>[^\s"'`,;|<>()[\]{}]{4,256})/g,
  { hint: "--", accept: isFlagValue },
);

const isIn = (commands: readonly string[], match: RegExpExecArray): boolean => {
  const before = lineBefore(match);
  return commands.some((command) => before.includes(command));
};

/** `curl -u user:password`. */
const users = detectPattern(
  "password",
  /-(?<=[\s"']-)(?:u|-user|-proxy-user)[ =]{0,2}["']?[^\s:"'`/$<{]{1,64}:(?<secret>[^\s"'`/]{3,128})/g,
  { hint: "-u", accept: (secret, match) => isIn(["curl", "wget", "http"], match) && !isStandIn(secret) },
);

const TAKE_PASSWORD_APART = [
  "sshpass",
  "docker login",
  "podman login",
  "registry login",
  "oc login",
  "redis-cli",
];
const TAKE_PASSWORD_JOINED = ["mysql", "mariadb", "sshpass"];

/** `-p` means a password to few commands, to some only when its value sticks to it. */
const shortFlags = detectPattern(
  "password",
  /-(?<=\s-)[pa](?<space>[ \t]{0,2})["']?(?<secret>[^\s"'`,;|<>()[\]{}]{4,128})/g,
  {
    accept: (secret, match) =>
      isIn(match.groups?.space === "" ? TAKE_PASSWORD_JOINED : TAKE_PASSWORD_APART, match) &&
      isPasswordInPlace(secret),
  },
);

/** Of Java's tools. */
const keystores = detectPattern(
  "password",
  /-(?<=\s-)(?:store|key)pass[ \t]{1,4}["']?(?<secret>[^\s"'`]{4,128})/g,
  {
    hint: "pass",
    accept: isPasswordInPlace,
  },
);

/** `host:port:database:user:password` of a `.pgpass`. */
const pgpass = detectPattern(
  "password",
  /^[-+ ]?[\w.*-]{1,64}:(?:\d{2,5}|\*):[\w*-]{1,64}:[\w*-]{1,64}:(?<secret>[^\s:]{4,128})$/gm,
  { accept: (secret) => /[^a-z]/.test(secret) && !/^[\d.]+$/.test(secret) && isPasswordInPlace(secret) },
);

/** `machine x login y password z` of a `.netrc`, also over lines. */
const netrc = detectPattern("password", /(?<=\s)password[ \t]{1,4}(?<secret>[^\s"'`]{4,128})(?=\s|$)/g, {
  hint: "login",
  accept: (secret, { index, input }) =>
    /\blogin[ \t]{1,4}\S{1,64}\s{1,4}[-+ ]?\s{0,8}$/.test(input.slice(Math.max(0, index - 100), index)) &&
    /[^a-z]/.test(secret) &&
    isPasswordInPlace(secret),
});

const dockerfiles = detectPattern(
  "secret",
  /\bENV[ \t]{1,4}\w{0,40}(?:PASSWORD|PASS|TOKEN|SECRET|KEY)[ \t]{1,4}["']?(?<secret>[^\s"'`=]{6,256})/g,
  { hint: "ENV", accept: (secret) => isPasswordInPlace(secret) && /\d|[^\w/.-]/.test(secret) },
);

export const commandLineDetectors: readonly Detector[] = [
  flags,
  users,
  shortFlags,
  keystores,
  pgpass,
  netrc,
  dockerfiles,
];
