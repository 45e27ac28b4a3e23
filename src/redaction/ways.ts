/** How a value follows the name that says it is a secret. */
export interface Way {
  readonly kind:
    "assigned" | "argument" | "call" | "element" | "attribute" | "block" | "fallback" | "default";
  /** The characters with which `between` may begin: few names are followed by any, and the rest costs nothing. */
  readonly first: string;
  /** What stands between name and value, with the value's opening quote. */
  readonly between: RegExp;
  /** What must stand before the name. */
  readonly before?: RegExp;
}

const TYPE = String.raw`(?::[ \t]?&?(?:'static )?[Ss]tr(?:ing)?[ \t]?(?==))?`;
const NEXT_LINE = String.raw`(?:\r?\n[-+ ][ \t]{0,16}(?=["'\x60]))?`;
const QUOTE = String.raw`(?:[bruf@](?=["']))?\\?["'\x60]?`;

/** Its groups: what closes the name, and the sign. */
const ASSIGNED: Way = {
  kind: "assigned",
  first: "\\\"'`]: \t=",
  between: new RegExp(
    String.raw`(\\?["'\x60]?\]?)${TYPE}[ \t]{0,16}(:=|=>|={1,3}|:)[ \t]{0,16}${NEXT_LINE}${QUOTE}`,
    "y",
  ),
};

const WAYS: readonly Way[] = [
  ASSIGNED,
  { kind: "argument", first: "\"'`", between: /["'`][ \t]{0,2},[ \t]{0,16}["'`]/y },
  {
    kind: "call",
    first: "(",
    between: /\([ \t]{0,4}["'`]/y,
    before: /(?:\b|_)(?:set|with)_?\w{0,16}$|\.$/i,
  },
  { kind: "element", first: ">", between: />(?=[^<>\s])/y, before: /<[\w.:-]{0,32}$/ },
  {
    kind: "attribute",
    first: "\"'",
    between: /["'][ \t]{1,4}value=["']/y,
    before: /=["'][\w.:-]{0,40}$/,
  },
  {
    kind: "attribute",
    first: "\"'\r\n",
    between: /["']?\r?\n[-+ ]?[ \t]{1,24}value:[ \t]{1,4}["']?/y,
    before: /name:[ \t]{0,4}["']?\w{0,40}$/,
  },
  { kind: "block", first: "\"':", between: /["']?:[ \t]{0,4}[>|][-+]?[ \t]{0,2}\r?\n[-+ ]?[ \t]{1,32}/y },
  {
    kind: "fallback",
    first: "\"'`]) |?",
    between: /["'`]?[\])]{0,2}[ \t]{0,2}(?:\|\||\?\?|\?:|or)[ \t]{0,2}["'`]/y,
  },
  { kind: "default", first: ":", between: /:-(?=[^\s}])/y, before: /\$\{\w{0,40}$/ },
  {
    kind: "default",
    first: '"',
    between: /"[ \t]{0,2}\{[^{}]{0,200}?\bdefault[ \t]{0,20}=[ \t]{0,4}"/y,
    before: /variable[ \t]{1,4}"\w{0,40}$/,
  },
];

const BY_FIRST = new Map(
  Array.from(new Set(WAYS.flatMap(({ first }) => Array.from(first))), (sign) => [
    sign,
    WAYS.filter(({ first }) => first.includes(sign)),
  ]),
);

/** The ways in which a value may follow a name before this character. */
export function waysFrom(sign: string): readonly Way[] {
  return BY_FIRST.get(sign) ?? [];
}
