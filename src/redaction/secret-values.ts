import { isStandIn } from "./stand-ins.ts";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Addresses without a password, integrity hashes, versions, names of files, and paths. */
const POINTER =
  /:\/\/|^sha\d+-|^v?\d+(?:\.\d+)+(?:[-+.][a-z]*\.?\d*)?$|^(?:\.{1,2}|~)\/|^[A-Z]:\\|^[\w./-]*\.(?:pem|key|crt|cer|p12|pfx|jks|txt|json|ya?ml|toml|env|ini|conf|xml|sh|py|rb|go|[cm]?[jt]sx?|html?|css|md|gpg|asc|pub|lock|local|com|io|net|org|dev)$|^\/?(?:[a-z][a-z_-]*\d{0,3}\/)+[\w.#-]*$|^\d{4}-\d\d-\d\d/;

/** Words joined as in a name, with at most a short number at an end of one: `user_token_v2`, `sha256-digest`. */
const NAME =
  /^(?:[A-Z]?[a-z]+\d{0,3}|[A-Z]+\d{0,2})(?:[._:/-](?:[A-Za-z]+\d{0,3}|\d{1,2})|[A-Z][a-z]+\d{0,2})+$/;

/** Words with signs between them, of which code is made: `tokens[i2].value`, `hash2Password(input)`. */
const CONSTANT = /^[A-Z]+(?:_[A-Z0-9]+)+$|^--/;

function isPlain(value: string): boolean {
  return isStandIn(value) || POINTER.test(value) || CONSTANT.test(value);
}

const hasLetterAndDigit = (value: string): boolean => /\d/.test(value) && /[a-z]/i.test(value);
const hasSign = (value: string): boolean => /[a-z]/i.test(value) && /[!@#$%^&*+=?~|]/.test(value);

/**
 * What stands where nothing but a password does, as in an environment file, a connection string or behind a flag: any
 * value that is no stand-in.
 */
export function isPasswordInPlace(value: string): boolean {
  return value.length >= 4 && !isPlain(value);
}

/** A literal in quotes behind a password's name. Letters alone may as well be a label, and need better evidence. */
export function isQuotedPassword(value: string): boolean {
  if (value.length < 5 || /\s/.test(value)) return false;
  if (!hasLetterAndDigit(value) && !hasSign(value) && !/^\d{6,}$/.test(value)) return false;
  return !isPlain(value) && !/^(?:[a-z]+\.){2,}/.test(value);
}

/** A word without quotes behind a password's name, which may as well be code. */
export function isBarePassword(value: string, minLength: number): boolean {
  if (value.length < minLength) return false;
  if (!hasLetterAndDigit(value) && !(hasSign(value) && /[!@#%^*]/.test(value))) return false;
  return !NAME.test(value) && !isPlain(value);
}

/** One word in small letters, which a label hardly is. */
export function isSmallWord(value: string): boolean {
  return /^[a-z]{6,64}$/.test(value) && !isStandIn(value);
}

/** A key or token: long, and of no words. `isDense` ones have both cases, or stand where nothing else does. */
export function isKey(
  value: string,
  { isQuoted, isToken }: { isQuoted: boolean; isToken: boolean },
): boolean {
  const isDense = isQuoted && /[a-z]/.test(value) && /[A-Z]/.test(value);
  if (value.length < (isDense ? 12 : 16) || /\s|^[./~@]/.test(value)) return false;
  if (UUID.test(value)) return !isToken;
  if (!hasLetterAndDigit(value) && !(isQuoted && isRandomCase(value))) return false;
  return !NAME.test(value) && !isPlain(value);
}

/** Capitals at random: more of them than a name in camel case would have. */
function isRandomCase(value: string): boolean {
  if (!/^[A-Za-z+/=]{24,}$/.test(value)) return false;
  return (value.match(/[a-z][A-Z]|[A-Z]{2}[a-z]/g)?.length ?? 0) > value.length / 6;
}

/** A literal in quotes behind a secret's name: shorter than a key, and no name of a thing. */
export function isQuotedSecret(value: string): boolean {
  if (value.length < 8 || !hasLetterAndDigit(value) || /\s|\//.test(value)) return false;
  if (NAME.test(value) || UUID.test(value)) return false;
  return !isPlain(value);
}
