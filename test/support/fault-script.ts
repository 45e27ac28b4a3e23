/**
 * What a provider of tests does, one step a request, in words:
 *
 *   script = step *( "," step ) [ "," "..." ]     After the last step every request is answered by `ok`; with `...` the
 *                                                 last step repeats for ever.
 *   step   = ( name | status ) *( " " option )
 *   option = "after=" ms                          Answers so much later.
 *          | "retry-after=" text                  Of a status: the header, in seconds or whatever a vendor may send.
 *          | "retry-at=" seconds                  Of a status: the same header as an HTTP date, so far from now.
 *          | "body=" ( "endless" | "hang" )      Of a status: a body that never ends, or stops after its beginning.
 *          | "x" count                            The step is taken so often.
 *
 * Such as `429 retry-after=2, 500 x2, hang, ok after=300`. A status is any of 200–599, with a vendor's error as its body
 * (204 and 304 have none). The names:
 */
const FAULT_NAMES = [
  /** A report. */
  "ok",
  /** A valid answer of the API, in which the model has written no report. */
  "garbage",
  /** Reads the request and never answers. */
  "hang",
  /** Resets the connection instead of answering. */
  "reset",
  /** An HTML page as a success. */
  "html",
  /** JSON that stops in the middle, of a proper HTTP answer. */
  "truncated",
  /** A report, followed by 10 MB of blanks: valid JSON. */
  "huge",
  /** An answer that begins as JSON and never ends, as fast as it is read. */
  "endless",
  /** A report at a byte a second. */
  "trickle",
  /** A report in UTF-16, and saying so. */
  "wrong-charset",
  /** 307 to `/elsewhere`, where a report could be had. */
  "redirect",
  /** 102 and 103, then a report. */
  "early-hints",
  /** Announces more bytes than come: the connection is closed after the report. */
  "long-length",
  /** Announces fewer bytes than come. */
  "short-length",
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** One request's answer. */
export interface FaultStep {
  /** The step as the script words it. */
  readonly text: string;
  readonly does: FaultName | number;
  readonly afterMs: number;
  readonly retryAfter?: string;
  readonly retryAtSeconds?: number;
  readonly body?: FaultyBody;
}

/** How the body of a status never comes to its end. */
type FaultyBody = (typeof FAULTY_BODIES)[number];
const FAULTY_BODIES = ["endless", "hang"] as const;

/** Steps, one after another. */
export interface FaultScript {
  next(): FaultStep;
}

const AND_SO_ON = "...";
const OK: FaultStep = { text: "ok", does: "ok", afterMs: 0 };

/**
 * Reads a script.
 * @throws an error that names the first part which makes no sense.
 */
export function parseFaultScript(script: string): FaultScript {
  const parts = script
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const isRepeated = parts.at(-1) === AND_SO_ON;
  const steps = (isRepeated ? parts.slice(0, -1) : parts).flatMap(parseStep);
  const last = isRepeated ? (steps.at(-1) ?? OK) : OK;
  return { next: () => steps.shift() ?? last };
}

function parseStep(text: string): readonly FaultStep[] {
  const [name = "", ...words] = text.split(/\s+/);
  const options = new Map(words.map(parseOption));
  const { after, x, "retry-after": retryAfter, "retry-at": retryAt, body } = Object.fromEntries(options);
  const step: FaultStep = {
    text,
    does: toDoing(name),
    afterMs: toNumber(after ?? "0"),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(retryAt !== undefined && { retryAtSeconds: toNumber(retryAt) }),
    ...(body !== undefined && { body: toFaultyBody(body) }),
  };
  return Array.from({ length: toNumber(x ?? "1") }, () => step);
}

function parseOption(word: string): [name: string, value: string] {
  const [, count] = /^x(\d+)$/.exec(word) ?? [];
  if (count !== undefined) return ["x", count];
  const [, name, value] = /^(after|retry-after|retry-at|body)=(.+)$/.exec(word) ?? [];
  if (name === undefined || value === undefined) throw new Error(`“${word}” is no option of a step`);
  return [name, value];
}

function toDoing(name: string): FaultName | number {
  const known = FAULT_NAMES.find((one) => one === name);
  if (known !== undefined) return known;
  if (/^[2-5]\d\d$/.test(name)) return Number(name);
  throw new Error(`“${name}” is no step: take a status, or one of ${FAULT_NAMES.join(", ")}`);
}

function toFaultyBody(text: string): FaultyBody {
  const known = FAULTY_BODIES.find((one) => one === text);
  if (known === undefined) throw new Error(`“${text}” is no body: take one of ${FAULTY_BODIES.join(", ")}`);
  return known;
}

function toNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`“${text}” is no number`);
  return Number(text);
}
