import { toOneLine } from "./one-line.ts";

/** Why Node could not read the arguments: its first sentence; what it says after that is hardly what was meant. */
export function toReason({ message }: Error): string {
  const [reason = ""] = message.split(/\.(?:\s|$)/, 1);
  return toOneLine(reason).replace(/^./, (letter) => letter.toLowerCase());
}
