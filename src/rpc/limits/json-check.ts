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

  // One loop without calls: it looks at every byte of up to ten MiB.
  return (bytes) => {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (isEscaped) isEscaped = false;
      else if (isInString) {
        if (byte === BACKSLASH) isEscaped = true;
        else if (byte === QUOTE) isInString = false;
      } else if (byte === QUOTE) isInString = true;
      else if (byte === COMMA) {
        commas += 1;
        if (commas > MAX_FIELDS) throw tooMany(`${MAX_FIELDS} fields and items`);
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        containers += 1;
        if (containers > MAX_CONTAINERS) throw tooMany(`${MAX_CONTAINERS} objects and lists`);
      }
    }
  };
}

function tooMany(most: string): InvalidArgumentError {
  return new InvalidArgumentError([{ field: "", description: `the JSON must have at most ${most}` }]);
}
