/** What names a value that lies elsewhere: `$VAR`, `${VAR}`, `$(vault read x)`, `{{ .Values.x }}`, `%s`, `<your key>`. */
const REFERENCE =
  /^(?:\$(?:[A-Z_][A-Z0-9_]*|[A-Za-z_]+)(?:[./:[].*)?|\$\$?[({].*|\{[{%].*|\{\w*\}?|%\(?\w{1,40}\)?s?%|%[sdv]|<.*|#\{.*|@.*@|\[REDACTED:.*|ENC\[.*|op:\/\/.*|vault:.*|(?:process|os|import|env|config|secrets|var|local|data|module|self|this)[.[(].*)$/s;

/** The same sign over and over: `xxxx`, `****`, `sk-...`. */
const MASK = /(?:^(.)\1*$|\*{3}|\.{3}|…|x{4}|X{4})/;

/** Words that ask for something else in their place. */
const ASKING = new Set(
  "your my change changeme changeit replace replaceme example sample dummy fake placeholder redacted todo insert enter here test testing xxx foo bar baz".split(
    " ",
  ),
);

/** Words of which stand-ins, labels and names are made, and which are no secret even alone. */
const COMMON = new Set(
  "the a an some add put this it me please with real default none null nil undefined true false secret secrets password passwords passwd pass passphrase pwd token tokens api key keys access auth client user username email value string text goes from to for new old current own actual valid invalid wrong required optional enabled disabled hidden visible long random generated bit char chars basic bearer forgot reset confirm login field input admin root local public private type name id is of and or not in at be must least characters".split(
    " ",
  ),
);

/** Whether what stands in a secret's place is none. The whole value must be: a password may well begin with `enter`. */
export function isStandIn(value: string): boolean {
  return MASK.test(value) || (REFERENCE.test(value) && !isMixed(value)) || isMadeOfCommonWords(value);
}

/** `$ecr3tPw` looks like a variable, but hardly anybody names one so. */
function isMixed(value: string): boolean {
  return /^\$\w+$/.test(value) && /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
}

const isCommon = (word: string): boolean => ASKING.has(word) || COMMON.has(word);

function isMadeOfCommonWords(value: string): boolean {
  // Most values end here: their first word is none.
  const first = /[A-Z]?[a-z]+|[A-Z]+/.exec(value)?.[0] ?? "";
  if (!isCommon(first.toLowerCase()) || !/^[\w .:<>[\]'?!-]+$/.test(value)) return false;
  const parts = value.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [];
  const words = parts.map((part) => part.toLowerCase()).filter((part) => !/^\d/.test(part));
  const hasNumber = parts.some((part) => /^\d{2}/.test(part));
  return words.every(isCommon) && (!hasNumber || words.some((word) => ASKING.has(word)));
}
