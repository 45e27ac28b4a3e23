import { InvalidArgumentError } from "../../core/errors.ts";
import { MAX_FIELDS } from "./limits.ts";

/**
 * Most objects and lists in a request's JSON, which bounds how deep they nest, too. No message has more than ten; ten
 * MiB of opening brackets would keep `JSON.parse` busy for two seconds, and everybody else waiting.
 */
const MAX_CONTAINERS = 1_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Makes a check that is shown JSON piece by piece, as it comes. UTF-8 has no byte of ASCII inside of other characters,
 * so bytes can be looked at without being decoded.
 * @throws {InvalidArgumentError} the check does, once there are too many objects and lists, or too much in them
 */
export function createJsonCheck(): (bytes: Uint8Array) => void {
  let containers = 0;
  let commas = 0;
  let isInString = false;
  let isEscaped = false;

  function see(byte: number): void {
    if (isEscaped) isEscaped = false;
    else if (byte === QUOTE) isInString = !isInString;
    else if (isInString) isEscaped = byte === BACKSLASH;
    else if (byte === COMMA) commas += 1;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) containers += 1;
  }

  return (bytes) => {
    for (const byte of bytes) {
      see(byte);
      if (containers > MAX_CONTAINERS) throw tooMany(`${MAX_CONTAINERS} objects and lists`);
      if (commas > MAX_FIELDS) throw tooMany(`${MAX_FIELDS} fields and items`);
    }
  };
}

function tooMany(most: string): InvalidArgumentError {
  return new InvalidArgumentError([{ field: "", description: `the JSON must have at most ${most}` }]);
}
