import { detectPattern } from "./rule.ts";
import type { Detector, Finding } from "./rule.ts";
import { isStandIn } from "./stand-ins.ts";

const isLogin = (base64: string): boolean => {
  const [user, ...password] = Buffer.from(base64, "base64").toString("latin1").split(":");
  return (
    (password.length > 0 && /^[\x20-\x7e]+$/.test(user ?? "")) || (/\d/.test(base64) && /[A-Z]/.test(base64))
  );
};

/** In an `.npmrc`, older ones are UUIDs, which are left alone elsewhere. */
const npmTokens = detectPattern("npm-token", /_authToken\s?=\s?["']?(?<secret>[\w./+=-]{16,256})/g, {
  hint: "_authToken",
  accept: (secret) => !isStandIn(secret),
});

const npmLogins = detectPattern("npm-login", /\b_auth\s?=\s?["']?(?<secret>[A-Za-z0-9+/]{8,512}={0,2})/g, {
  hint: "_auth",
  accept: isLogin,
});

const dockerLogins = detectPattern(
  "docker-login",
  /"auth"\s{0,4}:\s{0,4}"(?<secret>[A-Za-z0-9+/]{12,2048}={0,2})"/g,
  { hint: '"auth"', accept: isLogin },
);

/** What begins a document of a manifest, or tells what it is. */
const LANDMARK = /^[-+ ]?(?:---|@@|[ \t]{0,8}kind:[ \t]{0,4}["']?(\w+)).*$/gm;
const MAX_LENGTH = 16_384;

/** Every value under `data` and `stringData` of Kubernetes' secrets, whatever its name. */
const kubernetesSecrets: Detector = function* (text): Generator<Finding> {
  if (!text.includes("kind:")) return;
  let before = 0;
  let isSecret = false;
  for (const { index, 0: landmark, 1: kind } of text.matchAll(LANDMARK)) {
    // The kind may stand before the data or, in the order of the alphabet, behind it.
    if (isSecret || kind === "Secret") yield* findValues(text.slice(before, index), before);
    isSecret = kind === "Secret";
    before = index + landmark.length;
  }
  if (isSecret) yield* findValues(text.slice(before, before + MAX_LENGTH), before);
};

function* findValues(document: string, offset: number): Generator<Finding> {
  let isData = false;
  let at = offset;
  for (const line of document.split("\n")) {
    const [, indent = "", key = "", space = "", value = ""] =
      /^[-+ ]?([ \t]*)["']?([\w./-]{1,128})["']?:([ \t]*)["']?([^\s"']*)/.exec(line) ?? [];
    if (key !== "" && value === "") isData = /^(?:data|stringData)$/.test(key);
    else if (key !== "" && indent === "") isData = false;
    if (isData && value.length >= 4 && !isStandIn(value) && !/^[|>]/.test(value)) {
      const start = at + line.indexOf(value, line.indexOf(":") + 1 + space.length);
      yield { type: "kubernetes-secret", start, end: start + value.length };
    }
    at += line.length + 1;
  }
}

export const manifestDetectors: readonly Detector[] = [npmTokens, npmLogins, dockerLogins, kubernetesSecrets];
