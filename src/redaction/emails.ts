import type { Detector, Finding } from "./rule.ts";

const LOCAL_CHARACTER = /[A-Za-z0-9._%+\u00a1-\u024f\u0370-\u04ff-]/;
const MAX_LOCAL_PART = 64;
/** With the letters of Latin, Greek and Cyrillic names. */
const DOMAIN =
  /(?:[A-Za-z0-9\u00a1-\u024f\u0370-\u04ff][A-Za-z0-9\u00a1-\u024f\u0370-\u04ff-]{0,62}\.){1,5}[A-Za-z\u00a1-\u024f\u0370-\u04ff]{2,24}(?![\w-])/y;

const URL_BEFORE = /(\w{0,12}):\/\/[^\s/"'`<>]*$/;

/** `deploy@git.acme.io:owner/name.git` is where a repository lies. */
const REMOTE_AFTER = /^:[\w~.-]*\/[\w~.-]/;

/** Names that documentation uses (RFC 2606), and senders that are nobody. */
const NOBODY_DOMAIN =
  /(?:^|\.)(?:example|test|invalid|localhost|example\.(?:com|org|net)|noreply\.github\.com)$/i;
const NOBODY = /^(?:no-?reply|donotreply|git|hg|svn)$/i;
/** `logo@2x.png`, `util@main.js`: names of files look like addresses. */
const FILE_DOMAIN =
  /^\d+x\.|\.(?:png|jpe?g|gif|webp|svg|ico|css|s[ac]ss|less|[cm]?[jt]sx?|json|ya?ml|html?|lock|map|tgz|zip)$/i;

export const detectEmails: Detector = function* (text): Generator<Finding> {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    DOMAIN.lastIndex = at + 1;
    const domain = DOMAIN.exec(text)?.[0];
    const local = domain === undefined ? "" : localPartBefore(text, at);
    if (domain === undefined || local === "") continue;
    const start = at - local.length;
    if (isUserOfService(text, start, local)) continue;
    if (REMOTE_AFTER.test(text.slice(at + 1 + domain.length, at + domain.length + 130))) continue;
    const isNobody = NOBODY.test(local) || NOBODY_DOMAIN.test(domain) || FILE_DOMAIN.test(domain);
    if (!isNobody) yield { type: "email", start, end: at + 1 + domain.length };
  }
};

/** In an address of a service, what stands before the at-sign is a user or a password, unless it is written like a name. */
function isUserOfService(text: string, start: number, local: string): boolean {
  const before = text.slice(Math.max(0, start - 128), start);
  if (!before.includes("://")) return false;
  const [match, scheme = ""] = URL_BEFORE.exec(before) ?? [];
  if (match === undefined) return false;
  const isAlone = match.endsWith("://");
  return (
    !isAlone || !(/^(?:smtps?|mailto|sips?|xmpp)$/i.test(scheme) || /^[a-z]{2,}\.[a-z]{2,}$/i.test(local))
  );
}

/** Read backwards: a pattern that ends here would be tried from each of the characters before. */
function localPartBefore(text: string, at: number): string {
  let start = at;
  while (at - start < MAX_LOCAL_PART && LOCAL_CHARACTER.test(text[start - 1] ?? "")) start -= 1;
  return text.slice(start, at).replace(/^[.+%-]+/, "");
}
